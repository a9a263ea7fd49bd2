-- Which log this is, among others that have names on a server of messages.
CREATE TABLE run_project (id uuid NOT NULL);
INSERT INTO run_project VALUES (gen_random_uuid());

-- Locks of pipelines, for those who work on one outside of the queue. The token grows with each taking, so that an append can be refused which carries an older one. The
-- place is the data directory of whoever took it: there one process at a time tries, so what is of the same place is of a dead one.
CREATE TABLE run_locks (
    pipeline   text COLLATE "C" PRIMARY KEY,
    token      bigint NOT NULL,
    place      text NOT NULL,
    run_id     uuid,
    expires_at timestamptz NOT NULL
);
