-- What has left the log for files: which parts, and of their events what must not be forgotten: the ids, and where streams ended.
CREATE TABLE archives (
    last_position  INTEGER PRIMARY KEY,
    first_position INTEGER NOT NULL,
    first_hash     BLOB NOT NULL,
    file           TEXT NOT NULL,
    archived_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE archived_ids (
    id BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Of each stream the last event in each part.
CREATE TABLE archived_heads (
    stream_id     TEXT NOT NULL,
    version       INTEGER NOT NULL,
    is_closed     INTEGER NOT NULL,
    hash          BLOB NOT NULL,
    last_position INTEGER NOT NULL, -- of the part
    PRIMARY KEY (stream_id, version)
) STRICT, WITHOUT ROWID;
