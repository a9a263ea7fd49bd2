-- Ids and streams that tell when they were made (UUIDv7) are not remembered one by one: of each part, only between which of them they lie.
ALTER TABLE archives ADD COLUMN first_dated BLOB;
ALTER TABLE archives ADD COLUMN last_dated BLOB;
CREATE INDEX archives_by_dated ON archives (last_dated);

-- Remembered only until the rest of the stream has left.
ALTER TABLE archived_heads ADD COLUMN goes_on INTEGER NOT NULL DEFAULT 0;
