-- Records that could not be processed, for all nodes. Content is removed from them, so none of it is in the log.
CREATE TABLE dead_letter_schemas (hash text COLLATE "C" PRIMARY KEY, message bytea NOT NULL);
CREATE TABLE dead_letters (
    place       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid NOT NULL UNIQUE,
    at          timestamptz NOT NULL,
    pipeline    text COLLATE "C" NOT NULL,
    step        text COLLATE "C" NOT NULL,
    run_id      uuid NOT NULL,
    attempt     integer NOT NULL,
    plugin      text NOT NULL,
    stage       integer NOT NULL,
    stream      text NOT NULL,
    reason      text NOT NULL,
    message     text NOT NULL,
    schema_path text,
    length      bigint NOT NULL,
    is_masked   boolean NOT NULL,
    status      text NOT NULL,
    replayed_by uuid,
    schema_hash text COLLATE "C" REFERENCES dead_letter_schemas,
    raw         bytea NOT NULL
);
CREATE INDEX dead_letters_by_step ON dead_letters (pipeline, step, place);
CREATE INDEX dead_letters_by_run ON dead_letters (run_id, place);
