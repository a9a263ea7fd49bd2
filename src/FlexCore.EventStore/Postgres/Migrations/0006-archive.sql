-- What has left the log for files: which parts, and of their events what must not be forgotten: the ids, and where streams ended.
CREATE TABLE archives (
    last_position  bigint PRIMARY KEY,
    first_position bigint NOT NULL,
    first_hash     bytea NOT NULL,
    file           text NOT NULL,
    archived_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE archived_ids (
    id uuid PRIMARY KEY
);

-- Of each stream the last event in each part.
CREATE TABLE archived_heads (
    stream_id     text COLLATE "C" NOT NULL,
    version       bigint NOT NULL,
    is_closed     boolean NOT NULL,
    hash          bytea NOT NULL,
    last_position bigint NOT NULL, -- of the part
    PRIMARY KEY (stream_id, version)
);

-- As before, and as if what has left were still there.
CREATE OR REPLACE FUNCTION append_events(
    p_stream_ids text[], p_versions bigint[], p_ids uuid[], p_types text[], p_data bytea[], p_metadata bytea[], p_hashes bytea[], p_created_at timestamptz,
    p_condition_streams text[], p_condition_versions bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    ignored text;
    last bigint;
BEGIN
    ignored := pg_advisory_xact_lock(1179404355, 'events'::regclass::oid::int)::text; -- "FLXC", and this log among others of the database
    IF cardinality(p_condition_streams) > 0 AND EXISTS (
        SELECT FROM unnest(p_condition_streams, p_condition_versions) c (stream_id, version)
        WHERE c.version <> coalesce(
            (SELECT e.version FROM events e WHERE e.stream_id = c.stream_id ORDER BY e.version DESC LIMIT 1),
            (SELECT h.version FROM archived_heads h WHERE h.stream_id = c.stream_id ORDER BY h.version DESC LIMIT 1),
            0)) THEN
        RETURN NULL;
    END IF;
    IF EXISTS (SELECT FROM archives) AND (
        EXISTS (SELECT FROM archived_ids WHERE id = ANY (p_ids))
        OR EXISTS (SELECT FROM unnest(p_stream_ids, p_versions) e (stream_id, version) JOIN archived_heads h USING (stream_id) WHERE e.version <= h.version)) THEN
        RETURN NULL;
    END IF;
    last := coalesce((SELECT max(position) FROM events), 0);
    INSERT INTO events (position, version, id, created_at, stream_id, event_type, event_data, metadata, hash)
        SELECT last + e.n, e.version, e.id, p_created_at, e.stream_id, e.type, e.data, e.metadata, e.hash
        FROM unnest(p_stream_ids, p_versions, p_ids, p_types, p_data, p_metadata, p_hashes) WITH ORDINALITY e (stream_id, version, id, type, data, metadata, hash, n);
    ignored := pg_notify('flexcore_events', current_schema())::text;
    RETURN last;
END $$;
