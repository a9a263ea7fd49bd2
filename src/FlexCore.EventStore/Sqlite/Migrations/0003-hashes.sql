-- SHA-256 over all that the event says and its predecessor's hash in the stream; events that are there get theirs when this has run.
ALTER TABLE events ADD COLUMN hash BLOB NOT NULL DEFAULT x'';

-- Of stores that were made before 0002 left it out.
DROP INDEX IF EXISTS events_first;
