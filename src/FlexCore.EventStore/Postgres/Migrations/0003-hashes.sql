-- SHA-256 over all that the event says and its predecessor's hash in the stream (docs/security/history.md). The client makes them.
ALTER TABLE events ADD COLUMN hash bytea;
DO $$
DECLARE
    e record;
    name bytea;
    type bytea;
BEGIN
    FOR e IN SELECT * FROM events ORDER BY position LOOP
        name := convert_to(e.stream_id, 'UTF8');
        type := convert_to(e.event_type, 'UTF8');
        UPDATE events SET hash = sha256('\x02' || coalesce((SELECT p.hash FROM events p WHERE p.stream_id = e.stream_id AND p.version = e.version - 1), decode(repeat('00', 32), 'hex')) || int8send(e.version)
            || sha256('\x01' || uuid_send(e.id) || int8send((extract(epoch FROM e.created_at) * 1000000)::bigint) || int4send(length(name)) || name || int4send(length(type)) || type
                || int4send(length(e.event_data)) || e.event_data || int4send(length(e.metadata)) || e.metadata))
            WHERE position = e.position;
    END LOOP;
END $$;
ALTER TABLE events ALTER COLUMN hash SET NOT NULL;

-- Of stores that were made before 0001 left these out.
DROP INDEX IF EXISTS events_first;
DROP FUNCTION IF EXISTS append_event(text, bigint, uuid, text, bytea, bytea, timestamptz);
DROP FUNCTION append_events(text[], bigint[], int[], int[], uuid[], text[], bytea[], bytea[], timestamptz);

-- Positions are given under one lock that is held from before the last position is read until the commit: so they have no gaps and follow
-- the order of commits. The function is one statement for its caller: a client that stops in the middle cannot keep the lock.
-- Versions and hashes follow what the client has seen of the streams' ends. If that is no longer so, the keys of the table refuse all, as they do with
-- an id that is taken. The answer is the position before the first event; null when a stream that is only a condition has moved.
CREATE FUNCTION append_events(
    p_stream_ids text[], p_versions bigint[], p_ids uuid[], p_types text[], p_data bytea[], p_metadata bytea[], p_hashes bytea[], p_created_at timestamptz,
    p_condition_streams text[], p_condition_versions bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    ignored text;
    last bigint;
BEGIN
    ignored := pg_advisory_xact_lock(1179404355, 'events'::regclass::oid::int)::text; -- "FLXC", and this log among others of the database
    IF cardinality(p_condition_streams) > 0 AND EXISTS (
        SELECT FROM unnest(p_condition_streams, p_condition_versions) c (stream_id, version)
        WHERE c.version <> coalesce((SELECT e.version FROM events e WHERE e.stream_id = c.stream_id ORDER BY e.version DESC LIMIT 1), 0)) THEN
        RETURN NULL;
    END IF;
    last := coalesce((SELECT max(position) FROM events), 0);
    INSERT INTO events (position, version, id, created_at, stream_id, event_type, event_data, metadata, hash)
        SELECT last + e.n, e.version, e.id, p_created_at, e.stream_id, e.type, e.data, e.metadata, e.hash
        FROM unnest(p_stream_ids, p_versions, p_ids, p_types, p_data, p_metadata, p_hashes) WITH ORDINALITY e (stream_id, version, id, type, data, metadata, hash, n);
    ignored := pg_notify('flexcore_events', current_schema())::text;
    RETURN last;
END $$;
