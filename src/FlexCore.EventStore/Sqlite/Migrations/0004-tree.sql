-- The Merkle tree over the log, of which every sixth height is kept (RFC 9162), and the signed notes of what it was.
CREATE TABLE tree_tiles (
    level  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL, -- up to 64 of 32 bytes
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
    size       INTEGER PRIMARY KEY, -- how many events it is of
    note       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
