-- Ids and streams that tell when they were made (UUIDv7) are not remembered one by one: of each part, only between which of them they lie.
ALTER TABLE archives ADD COLUMN first_dated uuid, ADD COLUMN last_dated uuid;
CREATE INDEX archives_by_dated ON archives (last_dated);

-- Remembered only until the rest of the stream has left.
ALTER TABLE archived_heads ADD COLUMN goes_on boolean NOT NULL DEFAULT false;

-- As the one before, which stays for nodes that are still of the last version; but who appends has looked into what has left himself, up to p_archived, and only must not have missed more.
CREATE FUNCTION append_events(
    p_stream_ids text[], p_versions bigint[], p_ids uuid[], p_types text[], p_data bytea[], p_metadata bytea[], p_hashes bytea[], p_created_at timestamptz,
    p_condition_streams text[], p_condition_versions bigint[], p_archived bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    ignored text;
    last bigint;
BEGIN
    ignored := pg_advisory_xact_lock(1179404355, 'events'::regclass::oid::int)::text; -- "FLXC", and this log among others of the database
    IF (SELECT coalesce(max(last_position), 0) FROM archives) <> p_archived
        OR EXISTS (SELECT FROM archived_ids WHERE id = ANY (p_ids))
        OR EXISTS (SELECT FROM unnest(p_stream_ids, p_versions) e (stream_id, version) JOIN archived_heads h USING (stream_id) WHERE e.version <= h.version)
        OR cardinality(p_condition_streams) > 0 AND EXISTS (
            SELECT FROM unnest(p_condition_streams, p_condition_versions) c (stream_id, version) JOIN events e USING (stream_id) WHERE e.version > c.version) THEN
        RETURN NULL;
    END IF;
    last := coalesce((SELECT max(position) FROM events), 0);
    INSERT INTO events (position, version, id, created_at, stream_id, event_type, event_data, metadata, hash)
        SELECT last + e.n, e.version, e.id, p_created_at, e.stream_id, e.type, e.data, e.metadata, e.hash
        FROM unnest(p_stream_ids, p_versions, p_ids, p_types, p_data, p_metadata, p_hashes) WITH ORDINALITY e (stream_id, version, id, type, data, metadata, hash, n);
    ignored := pg_notify('flexcore_events', current_schema())::text;
    RETURN last;
END $$;
