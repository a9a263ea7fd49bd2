-- The bytes come last, so that a look at what stands before them does not read the pages that they overflow to.
-- events_first exists for lists of streams, the last two indexes for the filters of the log.
CREATE TABLE events (
    position    INTEGER PRIMARY KEY,
    stream_id   TEXT NOT NULL,
    version     INTEGER NOT NULL,
    id          BLOB NOT NULL,
    type        TEXT NOT NULL,
    recorded_at INTEGER NOT NULL, -- microseconds since 1970-01-01 UTC
    category    TEXT NOT NULL GENERATED ALWAYS AS (substr(stream_id, 1, instr(stream_id, '-') - 1)) VIRTUAL,
    data        BLOB NOT NULL,
    metadata    BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_by_stream ON events (stream_id, version);
CREATE UNIQUE INDEX events_by_id ON events (id);
CREATE UNIQUE INDEX events_first ON events (stream_id) WHERE version = 1;
CREATE INDEX events_by_category ON events (category);
CREATE INDEX events_by_type ON events (type);
