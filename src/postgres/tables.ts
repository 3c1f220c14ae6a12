/**
 * The tables, as the first version has them. The tenant is first in every key. What is sorted is
 * sorted byte by byte (`COLLATE "C"`), as the other stores do.
 *
 * `runs`: `next_seq` and `last_hash` say where the journal ends. Nothing that every append changes
 * is in an index, so that most appends write none. Leases may be lost with the server: `eras` has
 * a row until that happens, which tells.
 */
export const createTables = `
  CREATE FUNCTION store_ms() RETURNS bigint LANGUAGE sql STABLE
    AS 'SELECT floor(extract(epoch FROM now()) * 1000)::bigint';
  CREATE FUNCTION wall_ms() RETURNS bigint LANGUAGE sql VOLATILE
    AS 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';
  CREATE DOMAIN key_text AS text COLLATE "C";

  CREATE TABLE runs (
    tenant key_text NOT NULL,
    run_id key_text NOT NULL,
    length integer NOT NULL,
    next_seq integer NOT NULL,
    last_hash key_text NOT NULL,
    agent key_text NOT NULL,
    source key_text NOT NULL,
    status key_text NOT NULL,
    created_at key_text NOT NULL,
    updated_at key_text NOT NULL,
    session_id key_text,
    idempotency_key key_text,
    request_digest key_text,
    runnable boolean NOT NULL,
    is_over boolean NOT NULL,
    over_at key_text,
    PRIMARY KEY (tenant, run_id)
  ) WITH (fillfactor = 80);
  CREATE INDEX runs_newest ON runs (tenant, created_at, run_id);
  CREATE INDEX runs_by_status ON runs (tenant, status, created_at, run_id);
  CREATE INDEX runs_by_agent ON runs (tenant, agent, created_at, run_id);
  CREATE INDEX runs_by_session ON runs (tenant, session_id, created_at, run_id)
    WHERE session_id IS NOT NULL;
  CREATE INDEX runs_runnable ON runs (tenant, source, created_at, run_id) WHERE runnable;
  CREATE INDEX runs_over ON runs (tenant, over_at, run_id) WHERE over_at IS NOT NULL;
  CREATE UNIQUE INDEX runs_idempotency_key ON runs (tenant, idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE UNIQUE INDEX runs_unfinished ON runs (tenant, session_id)
    WHERE session_id IS NOT NULL AND status IN ('running', 'awaiting_approval');

  CREATE TABLE entries (
    tenant key_text NOT NULL,
    run_id key_text NOT NULL,
    seq integer NOT NULL,
    line text NOT NULL,
    PRIMARY KEY (tenant, run_id, seq)
  );

  CREATE TABLE approvals (
    tenant key_text NOT NULL,
    approval_id key_text NOT NULL,
    run_id key_text NOT NULL,
    created_at key_text NOT NULL,
    expires_at key_text,
    is_open boolean NOT NULL,
    due_at bigint,
    card text,
    PRIMARY KEY (tenant, approval_id)
  );
  CREATE INDEX approvals_open ON approvals (tenant, created_at, approval_id) WHERE is_open;
  CREATE INDEX approvals_open_by_run ON approvals (tenant, run_id, created_at, approval_id)
    WHERE is_open;
  CREATE INDEX approvals_due ON approvals (tenant, due_at) WHERE is_open AND due_at IS NOT NULL;
  CREATE INDEX approvals_by_run ON approvals (tenant, run_id);

  CREATE TABLE intents (
    tenant key_text NOT NULL,
    run_id key_text NOT NULL,
    key key_text NOT NULL,
    place integer NOT NULL,
    is_current boolean NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (tenant, run_id)
  );
  CREATE UNIQUE INDEX intents_current ON intents (tenant, key, place) WHERE is_current;
  CREATE INDEX intents_by_key ON intents (tenant, key, number);

  CREATE UNLOGGED TABLE leases (
    tenant key_text NOT NULL,
    run_id key_text NOT NULL,
    owner key_text NOT NULL,
    instance key_text NOT NULL,
    pid integer NOT NULL,
    host text NOT NULL,
    expires_at bigint NOT NULL,
    missed_at bigint,
    PRIMARY KEY (tenant, run_id)
  ) WITH (fillfactor = 70);
  CREATE UNLOGGED TABLE eras (is_on boolean PRIMARY KEY, since bigint NOT NULL);
  INSERT INTO eras VALUES (true, 0);

  CREATE TABLE session_items (
    tenant key_text NOT NULL,
    session_id key_text NOT NULL,
    number integer NOT NULL,
    item text NOT NULL,
    PRIMARY KEY (tenant, session_id, number)
  );
  CREATE TABLE session_runs (
    tenant key_text NOT NULL,
    session_id key_text NOT NULL,
    run_id key_text NOT NULL,
    written integer NOT NULL,
    PRIMARY KEY (tenant, session_id, run_id)
  );
`;
