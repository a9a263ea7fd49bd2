-- The names that both stores share. Events of one type are found by reading the log, and the streams of a category by skipping through
-- events_by_stream: an index for each cost every append more.
ALTER TABLE events RENAME COLUMN type TO event_type;
ALTER TABLE events RENAME COLUMN recorded_at TO created_at;
ALTER TABLE events RENAME COLUMN data TO event_data;
DROP INDEX events_by_type;
DROP INDEX events_first;

CREATE TABLE subscriptions (
    name       TEXT PRIMARY KEY,
    position   INTEGER NOT NULL, -- the last event that was handled or parked
    epoch      INTEGER NOT NULL, -- grows with each change of the consumer; what an earlier one writes is refused
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE parked_events (
    subscription TEXT NOT NULL,
    position     INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    error        TEXT NOT NULL,
    parked_at    INTEGER NOT NULL,
    PRIMARY KEY (subscription, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    stream_id  TEXT PRIMARY KEY,
    version    INTEGER NOT NULL,
    shape      TEXT NOT NULL,
    state      BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
