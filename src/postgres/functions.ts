import { sessionFunctions } from "./session-functions.ts";

/** Functions for writing: each is one statement of a client, and a transaction of its own. */

/** A batch of approvals: those that are open stay as they are, new ones come, the others close. */
const replaceApprovals = `
  CREATE FUNCTION replace_approvals(a_tenant text, a_run text, a_ids text[], a_created text[],
    a_expires text[], a_in_ms bigint[], a_cards text[]) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE other text;
  BEGIN
    SELECT approval_id INTO other FROM approvals
      WHERE tenant = a_tenant AND approval_id = ANY (a_ids) AND run_id <> a_run LIMIT 1;
    IF FOUND THEN RAISE EXCEPTION 'foreign approval' USING ERRCODE = 'HP001', DETAIL = other; END IF;
    UPDATE approvals SET is_open = false, card = NULL
      WHERE tenant = a_tenant AND run_id = a_run AND is_open
        AND NOT EXISTS (SELECT FROM unnest(a_ids) AS given (id) WHERE given.id = approval_id);
    INSERT INTO approvals (tenant, approval_id, run_id, created_at, expires_at, is_open, due_at, card)
      SELECT a_tenant, given.id, a_run, given.created, given.expires, true,
        store_ms() + given.in_ms, given.card
      FROM unnest(a_ids, a_created, a_expires, a_in_ms, a_cards)
        AS given (id, created, expires, in_ms, card)
      WHERE NOT EXISTS (SELECT FROM approvals AS known WHERE known.tenant = a_tenant
        AND known.approval_id = given.id AND known.is_open)
      ON CONFLICT (tenant, approval_id) DO UPDATE SET created_at = excluded.created_at,
        expires_at = excluded.expires_at, is_open = true, due_at = excluded.due_at,
        card = excluded.card;
  END $$;`;

/** Makes a run the current one of a wish; of two that try at once the index lets one. */
const addIntent = `
  CREATE FUNCTION add_intent(a_tenant text, a_run text, a_key text, a_place integer,
    a_closes text[]) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE other text;
  BEGIN
    UPDATE intents SET is_current = false
      WHERE tenant = a_tenant AND run_id = ANY (a_closes) AND is_current;
    SELECT run_id INTO other FROM intents
      WHERE tenant = a_tenant AND key = a_key AND place = a_place AND is_current;
    IF FOUND THEN RAISE EXCEPTION 'intent is open' USING ERRCODE = 'HP002', DETAIL = other; END IF;
    INSERT INTO intents (tenant, run_id, key, place, is_current)
      VALUES (a_tenant, a_run, a_key, a_place, true);
  END $$;`;

/**
 * Appends entries where they go on exactly where the journal ends; else nothing is written, and the
 * result says why not: \`exists\`, \`gap\`, \`hash\`. When it is asked \`again\`, because the first answer
 * was lost, entries that are there with the same texts are \`ok\`.
 */
const appendEntries = `
  CREATE FUNCTION append_entries(a_tenant text, a_run text, a_from integer, a_lines text[],
    a_prev text, a_again boolean, a_lazy boolean, a_instance text, a_length integer, a_agent text,
    a_source text, a_status text, a_created text, a_updated text, a_session text, a_key text,
    a_digest text, a_runnable boolean, a_over boolean, a_ids text[], a_approval_created text[],
    a_expires text[], a_in_ms bigint[], a_cards text[], a_intent text, a_place integer,
    a_closes text[]) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    stored runs%ROWTYPE;
    next integer := a_from + cardinality(a_lines);
    hash text := translate(rtrim(encode(
      sha256(convert_to(a_lines[cardinality(a_lines)], 'UTF8')), 'base64'), '='), '+/', '-_');
    ended text := CASE WHEN a_over THEN a_updated END;
    is_new boolean := false;
  BEGIN
    IF a_lazy THEN PERFORM set_config('synchronous_commit', 'off', true);
    ELSIF current_setting('synchronous_commit') = 'off' THEN
      PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    SELECT * INTO stored FROM runs WHERE tenant = a_tenant AND run_id = a_run FOR UPDATE;
    IF NOT FOUND THEN
      IF a_from > 0 THEN RETURN 'gap'; END IF;
      IF a_prev <> '' THEN RETURN 'hash'; END IF;
      INSERT INTO runs VALUES (a_tenant, a_run, a_length, next, hash, a_agent, a_source, a_status,
        a_created, a_updated, a_session, a_key, a_digest, a_runnable, a_over, ended)
        ON CONFLICT (tenant, run_id) DO NOTHING;
      is_new := FOUND;
      IF NOT is_new THEN
        SELECT * INTO stored FROM runs WHERE tenant = a_tenant AND run_id = a_run FOR UPDATE;
      END IF;
    END IF;
    IF NOT is_new THEN
      IF a_from < stored.next_seq THEN
        IF a_again AND a_lines = ARRAY(SELECT line FROM entries WHERE tenant = a_tenant
          AND run_id = a_run AND seq >= a_from AND seq < next ORDER BY seq) THEN RETURN 'ok'; END IF;
        RETURN 'exists';
      END IF;
      IF a_from > stored.next_seq THEN RETURN 'gap'; END IF;
      IF a_prev <> stored.last_hash THEN RETURN 'hash'; END IF;
      UPDATE runs SET length = a_length, next_seq = next, last_hash = hash, status = a_status,
        updated_at = a_updated, runnable = a_runnable, is_over = a_over, over_at = ended
        WHERE tenant = a_tenant AND run_id = a_run;
    END IF;
    INSERT INTO entries (tenant, run_id, seq, line)
      SELECT a_tenant, a_run, a_from + number - 1, line
      FROM unnest(a_lines) WITH ORDINALITY AS given (line, number);
    IF a_intent IS NOT NULL THEN
      PERFORM add_intent(a_tenant, a_run, a_intent, a_place, a_closes);
    END IF;
    IF a_ids IS NOT NULL THEN
      PERFORM replace_approvals(a_tenant, a_run, a_ids, a_approval_created, a_expires, a_in_ms,
        a_cards);
    END IF;
    IF is_new OR a_ids IS NOT NULL OR a_status <> stored.status OR a_runnable <> stored.runnable
      OR a_over <> stored.is_over THEN
      PERFORM tell(a_tenant, a_run, a_instance);
    END IF;
    RETURN 'ok';
  END $$;`;

/** Wakes those who listen, each with the run and who wrote. */
const tell = `
  CREATE FUNCTION channel_of(a_tenant text) RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT 'holdpoint_' || md5(current_schema() || ' ' || a_tenant) $$;
  CREATE FUNCTION tell(a_tenant text, a_run text, a_instance text) RETURNS void LANGUAGE sql
    AS $$ SELECT pg_notify(channel_of(a_tenant),
      a_instance || ' ' || CASE WHEN length(a_run) < 1000 THEN a_run ELSE '' END) $$;`;

/** Who lives has this lock. */
const liveness = `
  CREATE FUNCTION lock_of(a_instance text) RETURNS bigint LANGUAGE sql IMMUTABLE
    AS $$ SELECT hashtextextended('holdpoint ' || a_instance, 0) $$;
  CREATE FUNCTION is_alive(a_instance text) RETURNS boolean LANGUAGE sql VOLATILE
    AS $$ SELECT NOT pg_try_advisory_xact_lock_shared(lock_of(a_instance)) $$;`;

/**
 * Whose leases are free before they expire. One whose lock is free may only have lost its
 * connection: it counts as dead when that is still so after a while.
 */
const deadInstances = `
  CREATE FUNCTION dead_instances(a_tenant text, a_own text, a_run text) RETURNS text[]
    LANGUAGE plpgsql AS $$
  DECLARE dead text[] := '{}'; other record;
  BEGIN
    FOR other IN SELECT instance, max(missed_at) AS missed FROM leases
      WHERE tenant = a_tenant AND instance <> a_own AND expires_at > store_ms()
        AND (a_run IS NULL OR run_id = a_run) GROUP BY instance LOOP
      CONTINUE WHEN is_alive(other.instance);
      IF other.missed IS NULL THEN
        UPDATE leases SET missed_at = wall_ms() WHERE (tenant, run_id) IN (
          SELECT tenant, run_id FROM leases WHERE tenant = a_tenant AND instance = other.instance
          FOR UPDATE SKIP LOCKED);
      ELSIF other.missed <= wall_ms() - 300 THEN dead := dead || other.instance;
      END IF;
    END LOOP;
    RETURN dead;
  END $$;`;

/** After all leases were lost with the server, those who had them are given the time to say so. */
const graceLeft = `
  CREATE FUNCTION grace_ms() RETURNS bigint LANGUAGE plpgsql AS $$
  DECLARE began bigint;
  BEGIN
    SELECT since INTO began FROM eras;
    IF NOT FOUND THEN
      INSERT INTO eras VALUES (true, wall_ms()) ON CONFLICT DO NOTHING;
      RETURN 2000;
    END IF;
    RETURN greatest(0, began + 2000 - wall_ms());
  END $$;`;

/**
 * Oldest first, and none that another transaction has in its hands. A plan that was made while
 * there were few leases, or none, serves for many: each run's is looked up by its key.
 */
const claimRuns = `
  CREATE FUNCTION claim_runs(a_tenant text, a_sources text[], a_limit integer, a_except text[],
    a_owner text, a_instance text, a_pid integer, a_host text, a_lease_ms bigint)
    RETURNS SETOF runs LANGUAGE plpgsql SET enable_seqscan = off AS $$
  DECLARE dead text[]; ids text[] := '{}'; more text[]; seen integer;
  BEGIN
    IF grace_ms() > 0 THEN RETURN; END IF;
    dead := dead_instances(a_tenant, a_instance, NULL);
    LOOP
      WITH found AS MATERIALIZED (
        SELECT free.* FROM (SELECT DISTINCT unnest(a_sources) AS source) AS asked
        CROSS JOIN LATERAL (
          SELECT runs.* FROM runs
          WHERE tenant = a_tenant AND runnable AND runs.source = asked.source
            AND (SELECT true FROM leases WHERE leases.tenant = a_tenant
              AND leases.run_id = runs.run_id AND leases.expires_at > store_ms()
              AND leases.instance <> ALL (dead)) IS NULL
            AND runs.run_id || ' ' || runs.length <> ALL (a_except)
          ORDER BY created_at, run_id LIMIT a_limit - cardinality(ids) FOR UPDATE SKIP LOCKED
        ) AS free
        ORDER BY free.created_at, free.run_id LIMIT a_limit - cardinality(ids)
      ), taken AS (
        INSERT INTO leases AS lease (tenant, run_id, owner, instance, pid, host, expires_at)
          SELECT a_tenant, run_id, a_owner, a_instance, a_pid, a_host, store_ms() + a_lease_ms
          FROM found
          ON CONFLICT (tenant, run_id) DO UPDATE SET owner = excluded.owner,
            instance = excluded.instance, pid = excluded.pid, host = excluded.host,
            expires_at = excluded.expires_at, missed_at = NULL
            WHERE lease.expires_at <= store_ms() OR lease.instance = ANY (dead)
          RETURNING lease.run_id
      )
      SELECT (SELECT count(*) FROM found), coalesce(array_agg(run_id), '{}') INTO seen, more
        FROM taken;
      ids := ids || more;
      -- What was seen and not taken somebody else took meanwhile: there may be others.
      EXIT WHEN seen = cardinality(more) OR cardinality(ids) >= a_limit;
    END LOOP;
    RETURN QUERY SELECT * FROM runs WHERE tenant = a_tenant AND run_id = ANY (ids)
      ORDER BY created_at, run_id;
  END $$;

  CREATE FUNCTION claim_run(a_tenant text, a_run text, a_owner text, a_instance text,
    a_pid integer, a_host text, a_lease_ms bigint) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE dead text[] := dead_instances(a_tenant, a_instance, a_run);
  BEGIN
    INSERT INTO leases AS lease (tenant, run_id, owner, instance, pid, host, expires_at)
      VALUES (a_tenant, a_run, a_owner, a_instance, a_pid, a_host, store_ms() + a_lease_ms)
      ON CONFLICT (tenant, run_id) DO UPDATE SET owner = excluded.owner,
        instance = excluded.instance, pid = excluded.pid, host = excluded.host,
        expires_at = excluded.expires_at, missed_at = NULL
        WHERE lease.owner = a_owner OR lease.expires_at <= store_ms()
          OR lease.instance = ANY (dead);
    IF FOUND THEN RETURN 'taken'; END IF;
    PERFORM FROM leases WHERE tenant = a_tenant AND run_id = a_run AND missed_at IS NOT NULL;
    RETURN CASE WHEN FOUND THEN 'missed' ELSE 'held' END;
  END $$;`;

const leases = `
  CREATE FUNCTION renew_leases(a_tenant text, a_owner text, a_runs text[], a_lost text[],
    a_instance text, a_pid integer, a_host text, a_lease_ms bigint)
    RETURNS SETOF text LANGUAGE sql AS $$
    WITH renewed AS (
      UPDATE leases SET expires_at = store_ms() + a_lease_ms, missed_at = NULL
        WHERE tenant = a_tenant AND owner = a_owner AND run_id = ANY (a_runs) RETURNING run_id
    ), taken AS (
      INSERT INTO leases (tenant, run_id, owner, instance, pid, host, expires_at)
        SELECT a_tenant, id, a_owner, a_instance, a_pid, a_host, store_ms() + a_lease_ms
        FROM unnest(a_lost) AS lost (id)
        WHERE NOT EXISTS (SELECT FROM leases AS known
          WHERE known.tenant = a_tenant AND known.run_id = lost.id)
        ON CONFLICT DO NOTHING RETURNING run_id
    )
    SELECT run_id::text FROM renewed UNION SELECT run_id::text FROM taken $$;

  CREATE FUNCTION release_lease(a_tenant text, a_run text, a_owner text, a_instance text)
    RETURNS boolean LANGUAGE plpgsql AS $$
  BEGIN
    DELETE FROM leases WHERE tenant = a_tenant AND run_id = a_run AND owner = a_owner;
    IF NOT FOUND THEN RETURN false; END IF;
    PERFORM FROM runs WHERE tenant = a_tenant AND run_id = a_run AND runnable;
    IF FOUND THEN PERFORM tell(a_tenant, a_run, a_instance); END IF;
    RETURN true;
  END $$;`;

const removeRuns = `
  CREATE FUNCTION remove_runs(a_tenant text, a_before text, a_limit integer, a_instance text,
    OUT runs text[], OUT bytes bigint, OUT more boolean) LANGUAGE plpgsql AS $$
  BEGIN
    runs := ARRAY(SELECT run_id FROM runs AS old WHERE tenant = a_tenant AND over_at < a_before
      ORDER BY over_at, run_id LIMIT a_limit + 1 FOR UPDATE);
    more := cardinality(runs) > a_limit;
    runs := runs[1:a_limit];
    SELECT coalesce(sum(octet_length(line)), 0) INTO bytes FROM entries
      WHERE tenant = a_tenant AND run_id = ANY (runs);
    DELETE FROM entries WHERE tenant = a_tenant AND run_id = ANY (runs);
    DELETE FROM approvals WHERE tenant = a_tenant AND run_id = ANY (runs);
    DELETE FROM intents WHERE tenant = a_tenant AND run_id = ANY (runs);
    DELETE FROM leases WHERE tenant = a_tenant AND run_id = ANY (runs);
    DELETE FROM runs AS old WHERE tenant = a_tenant AND old.run_id = ANY (remove_runs.runs);
    IF cardinality(runs) > 0 THEN PERFORM tell(a_tenant, '', a_instance); END IF;
  END $$;`;

export const createFunctions = [
  tell,
  liveness,
  replaceApprovals,
  addIntent,
  appendEntries,
  deadInstances,
  graceLeft,
  claimRuns,
  leases,
  removeRuns,
  sessionFunctions,
].join("\n");
