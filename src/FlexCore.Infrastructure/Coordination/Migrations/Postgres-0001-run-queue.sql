-- Times are the server's. A node has one lease for all its runs: a row of the queue says whose a run is, the node's row how long that holds.
CREATE TABLE run_nodes (
    id          text COLLATE "C" PRIMARY KEY,
    name        text NOT NULL,
    slots       int NOT NULL,
    labels      text[] NOT NULL,
    version     text NOT NULL,
    started_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    is_draining boolean NOT NULL DEFAULT false,
    is_lost     boolean NOT NULL DEFAULT false
);
CREATE INDEX run_nodes_by_expiry ON run_nodes (expires_at) WHERE NOT is_lost;

-- A run waits for its time (not_before), waits to be taken, or is at a node. Labels are sorted and kept as /a/b/, none as /.
-- The turn is the round in which it is its key's turn: those of one key follow each other, and a new key begins where the others are.
CREATE TABLE run_queue (
    run_id           uuid PRIMARY KEY,
    place            bigint GENERATED ALWAYS AS IDENTITY,
    pipeline         text NOT NULL,
    priority         int NOT NULL,
    labels           text COLLATE "C" NOT NULL,
    key              text COLLATE "C" NOT NULL,
    key_limit        int,
    turn             bigint NOT NULL,
    not_before       timestamptz,
    node             text COLLATE "C",
    epoch            bigint NOT NULL DEFAULT 0,
    claim            bigint NOT NULL DEFAULT 0, -- the how manieth of its node
    is_asked_to_stop boolean NOT NULL DEFAULT false,
    enqueued_at      timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX run_queue_by_turn ON run_queue (priority DESC, labels, turn, place) WHERE node IS NULL AND not_before IS NULL;
CREATE INDEX run_queue_by_key ON run_queue (priority DESC, labels, key, turn, place) WHERE node IS NULL AND not_before IS NULL;
CREATE INDEX run_queue_by_time ON run_queue (not_before) WHERE node IS NULL AND not_before IS NOT NULL;
CREATE INDEX run_queue_running ON run_queue (key) WHERE node IS NOT NULL;
CREATE INDEX run_queue_by_node ON run_queue (node) WHERE node IS NOT NULL;

CREATE FUNCTION run_queue_call() RETURNS void LANGUAGE sql AS $$ SELECT pg_notify('flexcore_runs', current_schema()) $$;

-- The turn of a run that begins to wait.
CREATE FUNCTION run_queue_turn(p_priority int, p_labels text, p_key text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN greatest(
        coalesce((SELECT turn FROM run_queue WHERE node IS NULL AND not_before IS NULL AND priority = p_priority AND labels = p_labels ORDER BY turn, place LIMIT 1), 0),
        coalesce((SELECT turn + 1 FROM run_queue WHERE node IS NULL AND not_before IS NULL AND priority = p_priority AND labels = p_labels AND key = p_key ORDER BY turn DESC, place DESC LIMIT 1), 0));
END $$;

CREATE FUNCTION run_queue_enqueue(p_run_id uuid, p_pipeline text, p_priority int, p_not_before timestamptz, p_labels text, p_key text, p_limit int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    later timestamptz := CASE WHEN p_not_before > clock_timestamp() THEN p_not_before END;
BEGIN
    INSERT INTO run_queue (run_id, pipeline, priority, labels, key, key_limit, turn, not_before)
        VALUES (p_run_id, p_pipeline, p_priority, p_labels, p_key, p_limit, CASE WHEN later IS NULL THEN run_queue_turn(p_priority, p_labels, p_key) ELSE 0 END, later);
    PERFORM run_queue_call();
END $$;

CREATE FUNCTION run_queue_finish(p_run_id uuid, p_node text, p_epoch bigint) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
    gone run_queue;
BEGIN
    DELETE FROM run_queue WHERE run_id = p_run_id AND node = p_node AND epoch = p_epoch RETURNING * INTO gone;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF gone.key_limit IS NOT NULL THEN
        PERFORM run_queue_call(); -- another node may be the one that fits
    END IF;
    RETURN NEXT p_run_id;
END $$;

CREATE FUNCTION run_queue_ask_to_stop(p_run_id uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE run_queue SET is_asked_to_stop = true WHERE run_id = p_run_id;
    IF FOUND THEN
        PERFORM run_queue_call();
    END IF;
END $$;

-- Takes their runs from nodes that were not heard of. After a start of the server they get the time to be heard of again. Rows that somebody else has locked are
-- left for the next time.
CREATE FUNCTION run_queue_release_lost(p_lease interval) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    lost text;
BEGIN
    IF NOT EXISTS (SELECT FROM run_nodes WHERE NOT is_lost AND expires_at <= clock_timestamp()) OR pg_postmaster_start_time() + p_lease > clock_timestamp() THEN
        RETURN;
    END IF;
    FOR lost IN SELECT id FROM run_nodes WHERE NOT is_lost AND expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED LOOP
        UPDATE run_queue SET node = NULL WHERE run_id IN (SELECT run_id FROM run_queue WHERE node = lost FOR UPDATE SKIP LOCKED);
        UPDATE run_nodes SET is_lost = true WHERE id = lost AND NOT EXISTS (SELECT FROM run_queue WHERE node = lost);
        PERFORM run_queue_call();
    END LOOP;
END $$;

-- Of these waiting runs those to take, the best first: keys with few runs at nodes before others, as the limits allow.
CREATE FUNCTION run_queue_choose(p_run_ids uuid[], p_count int) RETURNS uuid[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        WITH candidates AS MATERIALIZED (SELECT run_id, key, key_limit, turn, place FROM run_queue WHERE run_id = ANY (p_run_ids)),
        keys AS MATERIALIZED (SELECT k.key, (SELECT count(*) FROM run_queue r WHERE r.key = k.key AND r.node IS NOT NULL) AS running FROM (SELECT DISTINCT key FROM candidates) k),
        ranked AS (
            SELECT run_id, key_limit, turn, place, running + row_number() OVER (PARTITION BY key ORDER BY turn, place) AS share
            FROM candidates JOIN keys USING (key)),
        chosen AS (SELECT * FROM ranked WHERE key_limit IS NULL OR share <= key_limit ORDER BY share, turn, place LIMIT p_count)
        SELECT coalesce(array_agg(run_id ORDER BY share, turn, place), '{}') FROM chosen);
END $$;

-- Claims of all nodes take turns, which makes limits and turns exact; one takes well under a millisecond and waits for no disk: a claim that a crash of the server takes back is
-- noticed by its owner's next append. Its cost does not depend on how many wait: it looks at the first of each set of labels, and, when those are of keys at their limits, goes
-- from key to key, beginning behind the one where it ended the last time.
CREATE FUNCTION run_queue_claim(
    p_node text, p_capacity int, p_claim bigint, p_known bigint, p_after_key text, p_lease interval,
    OUT o_is_known boolean, OUT o_run_ids uuid[], OUT o_epochs bigint[], OUT o_next_due_in double precision, OUT o_after_key text) LANGUAGE plpgsql AS $$
DECLARE
    max_keys CONSTANT int := 64;
    node_labels text[];
    capacity int := p_capacity;
    v_priority bigint := 2147483648;
    v_labels text;
    v_sets text[];
    v_key text;
    v_keys int;
    v_wrapped boolean;
    v_limit int;
    v_heads uuid[];
    v_chosen uuid[];
    v_more uuid[];
    v_due run_queue;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    o_run_ids := '{}';
    o_after_key := p_after_key;

    -- What was claimed when the answer got lost.
    IF p_known < p_claim - 1 THEN
        o_run_ids := array(SELECT run_id FROM run_queue WHERE node = p_node AND claim > p_known);
        capacity := capacity - cardinality(o_run_ids);
    END IF;

    UPDATE run_nodes SET expires_at = clock_timestamp() + p_lease WHERE id = p_node AND NOT is_lost AND expires_at < clock_timestamp() + p_lease / 2;
    SELECT CASE WHEN NOT is_draining THEN labels END INTO node_labels FROM run_nodes WHERE id = p_node AND NOT is_lost FOR KEY SHARE;
    o_is_known := FOUND;
    IF node_labels IS NOT NULL AND capacity > 0 THEN
        PERFORM pg_advisory_xact_lock(1179404355, 'run_queue'::regclass::oid::int); -- "FLXC", and this queue among others of the database
        PERFORM run_queue_release_lost(p_lease);
        FOR v_due IN
            SELECT * FROM run_queue WHERE node IS NULL AND not_before IS NOT NULL AND not_before <= clock_timestamp() ORDER BY not_before LIMIT 100 FOR UPDATE SKIP LOCKED
        LOOP
            UPDATE run_queue SET not_before = NULL, turn = run_queue_turn(v_due.priority, v_due.labels, v_due.key) WHERE run_id = v_due.run_id;
        END LOOP;

        WHILE capacity > 0 LOOP
            SELECT priority INTO v_priority FROM run_queue WHERE node IS NULL AND not_before IS NULL AND priority < v_priority ORDER BY priority DESC LIMIT 1;
            EXIT WHEN NOT FOUND;

            -- The sets of labels that wait at this priority and that the node has.
            v_sets := '{}';
            v_labels := '';
            LOOP
                SELECT labels INTO v_labels FROM run_queue WHERE node IS NULL AND not_before IS NULL AND priority = v_priority AND labels > v_labels ORDER BY labels LIMIT 1;
                EXIT WHEN NOT FOUND;
                IF string_to_array(btrim(v_labels, '/'), '/') <@ node_labels THEN
                    v_sets := v_sets || v_labels;
                END IF;
            END LOOP;

            v_limit := 2 * capacity + 10;
            v_heads := array(SELECT h.run_id FROM unnest(v_sets) s CROSS JOIN LATERAL (
                SELECT run_id FROM run_queue WHERE node IS NULL AND not_before IS NULL AND priority = v_priority AND labels = s ORDER BY turn, place LIMIT v_limit) h);
            v_chosen := run_queue_choose(v_heads, capacity);
            IF cardinality(v_chosen) < capacity AND cardinality(v_heads) >= v_limit THEN
                FOREACH v_labels IN ARRAY v_sets LOOP
                    v_key := o_after_key;
                    v_keys := 0;
                    v_wrapped := false;
                    WHILE v_keys < max_keys LOOP
                        SELECT key, key_limit INTO v_key, v_limit FROM run_queue
                            WHERE node IS NULL AND not_before IS NULL AND priority = v_priority AND labels = v_labels AND key > v_key ORDER BY key LIMIT 1;
                        IF NOT FOUND THEN
                            EXIT WHEN v_wrapped;
                            v_wrapped := true;
                            v_key := '';
                            CONTINUE;
                        END IF;
                        EXIT WHEN v_wrapped AND v_key > o_after_key;
                        CONTINUE WHEN v_limit <= (SELECT count(*) FROM run_queue WHERE key = v_key AND node IS NOT NULL);
                        v_keys := v_keys + 1;
                        v_heads := v_heads || array(SELECT run_id FROM run_queue
                            WHERE node IS NULL AND not_before IS NULL AND priority = v_priority AND labels = v_labels AND key = v_key ORDER BY turn, place LIMIT capacity);
                    END LOOP;
                END LOOP;
                o_after_key := coalesce(v_key, '');
                v_chosen := run_queue_choose(v_heads, capacity);
            END IF;

            WITH locked AS MATERIALIZED (SELECT run_id FROM run_queue WHERE run_id = ANY (v_chosen) AND node IS NULL FOR UPDATE SKIP LOCKED),
            taken AS (UPDATE run_queue q SET node = p_node, epoch = q.epoch + 1, claim = p_claim FROM locked WHERE q.run_id = locked.run_id RETURNING q.run_id)
            SELECT coalesce(array_agg(run_id ORDER BY array_position(v_chosen, run_id)), '{}') INTO v_more FROM taken;
            o_run_ids := o_run_ids || v_more;
            capacity := capacity - cardinality(v_more);
        END LOOP;
    END IF;

    o_epochs := array(SELECT q.epoch FROM unnest(o_run_ids) WITH ORDINALITY r (run_id, n) JOIN run_queue q USING (run_id) ORDER BY r.n);
    SELECT extract(epoch FROM not_before - clock_timestamp()) INTO o_next_due_in FROM run_queue WHERE node IS NULL AND not_before IS NOT NULL ORDER BY not_before LIMIT 1;
END $$;

-- A heartbeat that a crash of the server takes back is followed by others.
CREATE FUNCTION run_queue_renew(p_node text, p_lease interval, OUT o_is_known boolean, OUT o_run_ids uuid[], OUT o_epochs bigint[], OUT o_stops boolean[]) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE run_nodes SET expires_at = clock_timestamp() + p_lease WHERE id = p_node AND NOT is_lost;
    o_is_known := FOUND;
    PERFORM run_queue_release_lost(p_lease);
    SELECT coalesce(array_agg(run_id), '{}'), coalesce(array_agg(epoch), '{}'), coalesce(array_agg(is_asked_to_stop), '{}')
        INTO o_run_ids, o_epochs, o_stops FROM run_queue WHERE node = p_node;
END $$;

CREATE FUNCTION run_queue_give_back(p_node text, p_run_ids uuid[], p_epochs bigint[], p_pause interval) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE run_queue q SET node = NULL, not_before = clock_timestamp() + p_pause
        FROM unnest(p_run_ids, p_epochs) c (run_id, epoch) WHERE q.run_id = c.run_id AND q.epoch = c.epoch AND q.node = p_node;
    IF FOUND THEN
        PERFORM run_queue_call();
    END IF;
END $$;

CREATE FUNCTION run_queue_leave(p_node text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE run_queue SET node = NULL WHERE node = p_node;
    IF FOUND THEN
        PERFORM run_queue_call();
    END IF;
    DELETE FROM run_nodes WHERE id = p_node OR (is_lost AND expires_at < clock_timestamp() - interval '1 day');
END $$;
