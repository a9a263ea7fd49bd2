-- As on PostgreSQL, where the words are. Ids and labels are text, times microseconds since 1970 by the clock of the machine.
CREATE TABLE run_nodes (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, slots INTEGER NOT NULL, labels TEXT NOT NULL, version TEXT NOT NULL, started_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, is_draining INTEGER NOT NULL DEFAULT 0, is_lost INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;

CREATE TABLE run_queue (
    place INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL UNIQUE, pipeline TEXT NOT NULL, priority INTEGER NOT NULL, labels TEXT NOT NULL, key TEXT NOT NULL, key_limit INTEGER,
    turn INTEGER NOT NULL, not_before INTEGER, node TEXT, epoch INTEGER NOT NULL DEFAULT 0, is_asked_to_stop INTEGER NOT NULL DEFAULT 0, enqueued_at INTEGER NOT NULL);
CREATE INDEX run_queue_by_turn ON run_queue (priority DESC, labels, turn, place) WHERE node IS NULL AND not_before IS NULL;
CREATE INDEX run_queue_by_key ON run_queue (priority DESC, labels, key, turn, place) WHERE node IS NULL AND not_before IS NULL;
CREATE INDEX run_queue_by_time ON run_queue (not_before) WHERE node IS NULL AND not_before IS NOT NULL;
CREATE INDEX run_queue_running ON run_queue (key) WHERE node IS NOT NULL;
CREATE INDEX run_queue_by_node ON run_queue (node) WHERE node IS NOT NULL;
