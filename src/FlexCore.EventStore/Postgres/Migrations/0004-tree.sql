-- The Merkle tree over the log, of which every sixth height is kept (RFC 9162), and the signed notes of what it was.
CREATE TABLE tree_tiles (
    level  int NOT NULL,
    number bigint NOT NULL,
    hashes bytea NOT NULL, -- up to 64 of 32 bytes
    PRIMARY KEY (level, number)
);

-- Kept in the row: hashes cannot be compressed.
ALTER TABLE tree_tiles ALTER COLUMN hashes SET STORAGE PLAIN;

CREATE TABLE checkpoints (
    size       bigint PRIMARY KEY, -- how many events it is of
    note       text NOT NULL,
    created_at timestamptz NOT NULL
);
