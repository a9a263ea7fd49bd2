-- Bytes, not json: what was appended is given back byte for byte, and its hash covers exactly that. Names compare by their
-- bytes ("C"): the order of streams is the same in every database, and comparing is cheap.
CREATE TABLE events (
    position   bigint PRIMARY KEY,
    version    bigint NOT NULL,
    id         uuid NOT NULL,
    created_at timestamptz NOT NULL,
    stream_id  text COLLATE "C" NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    event_data bytea NOT NULL,
    metadata   bytea NOT NULL
);
CREATE UNIQUE INDEX events_by_stream ON events (stream_id, version);
CREATE UNIQUE INDEX events_by_id ON events (id);
CREATE INDEX events_by_category ON events (split_part(stream_id, '-', 1), position);

-- Positions are given under one lock that is held from before the last position is read until the commit: so they have no gaps and follow
-- the order of commits. The function is one statement for its caller: a client that stops in the middle cannot keep the lock.
-- OFFSET 0 keeps the planner from looking a version up once for each time that it is named.
-- Any number of events in any number of streams, each named once. A required version is exact, or -1 for any, -2 for an existing stream, -3 for
-- one that cannot be; a closed stream has a negative version. The answer is the position before the first of the events, null when a requirement
-- is not met or an id is taken, and the version of each stream before them.
CREATE FUNCTION append_events(
    p_stream_ids text[], p_required bigint[], p_streams int[], p_offsets int[], p_ids uuid[], p_types text[], p_data bytea[], p_metadata bytea[],
    p_created_at timestamptz, OUT o_position bigint, OUT o_heads bigint[]) LANGUAGE plpgsql AS $$
DECLARE
    ignored text;
    refused boolean;
BEGIN
    ignored := pg_advisory_xact_lock(1179404355, 'events'::regclass::oid::int)::text; -- "FLXC", and this log among others of the database
    SELECT array_agg(head.version ORDER BY s.n),
           bool_or(head.version < 0 OR NOT (s.required = -1 OR head.version = s.required OR (s.required = -2 AND head.version > 0)))
               OR EXISTS (SELECT FROM events WHERE id = ANY (p_ids))
        INTO o_heads, refused
        FROM unnest(p_stream_ids, p_required) WITH ORDINALITY s (stream_id, required, n)
        CROSS JOIN LATERAL (SELECT coalesce(
            (SELECT CASE e.event_type WHEN '$tombstone' THEN -e.version ELSE e.version END FROM events e WHERE e.stream_id = s.stream_id ORDER BY e.version DESC LIMIT 1),
            0) AS version OFFSET 0) head;
    IF refused THEN
        RETURN;
    END IF;
    o_position := coalesce((SELECT max(position) FROM events), 0);
    INSERT INTO events (position, version, id, created_at, stream_id, event_type, event_data, metadata)
        SELECT o_position + e.n, o_heads[e.stream] + e.ahead, e.id, p_created_at, p_stream_ids[e.stream], e.type, e.data, e.metadata
        FROM unnest(p_streams, p_offsets, p_ids, p_types, p_data, p_metadata) WITH ORDINALITY e (stream, ahead, id, type, data, metadata, n);
    ignored := pg_notify('flexcore_events', current_schema())::text;
END $$;
