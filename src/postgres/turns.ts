/** In the place of an instance: there is nothing to go on with. */
export const NOBODY = "-";

/**
 * What the fourth version adds: who is told of a run that can go on, so that one asks for it and
 * not everybody. `workers` has who looks for runs, of which sources, and whether there is room for
 * another; it may be lost with the server. Whoever is told and dies leaves the run to those who
 * look after a while.
 */
export const turns = `
  CREATE UNLOGGED TABLE workers (
    tenant key_text NOT NULL,
    instance key_text NOT NULL,
    sources text[] NOT NULL,
    has_room boolean NOT NULL,
    PRIMARY KEY (tenant, instance)
  ) WITH (fillfactor = 70);

  -- The writer first, who has read the run; of the others any. Those that died are forgotten.
  CREATE FUNCTION worker_for(a_tenant text, a_source text, a_instance text) RETURNS text
    LANGUAGE plpgsql AS $$
  DECLARE known text;
  BEGIN
    FOR known IN SELECT instance FROM workers
      WHERE tenant = a_tenant AND has_room AND a_source = ANY (sources)
      ORDER BY instance <> a_instance, random() LOOP
      IF is_alive(known) THEN RETURN known; END IF;
      DELETE FROM workers WHERE tenant = a_tenant AND instance = known;
    END LOOP;
    RETURN NULL;
  END $$;

  CREATE OR REPLACE FUNCTION tell(a_tenant text, a_run text, a_instance text) RETURNS void
    LANGUAGE plpgsql AS $$
  DECLARE told runs%ROWTYPE; turn text := '${NOBODY}'; due bigint;
  BEGIN
    IF a_run = '' OR length(a_run) >= 1000 OR position(' ' IN a_run) > 0 THEN
      PERFORM pg_notify(channel_of(a_tenant), a_instance || ' ');
      RETURN;
    END IF;
    SELECT * INTO told FROM runs WHERE tenant = a_tenant AND run_id = a_run;
    IF told.runnable THEN
      PERFORM FROM leases
        WHERE tenant = a_tenant AND run_id = a_run AND expires_at > store_ms();
      turn := CASE WHEN FOUND THEN '*'
        ELSE coalesce(worker_for(a_tenant, told.source, a_instance), '*') END;
    END IF;
    SELECT min(due_at) - store_ms() INTO due FROM approvals
      WHERE tenant = a_tenant AND run_id = a_run AND is_open;
    PERFORM pg_notify(channel_of(a_tenant), concat_ws(' ', a_instance, a_run, turn, due));
  END $$;

  -- Whoever claims says at once whether there is room for more; without any this is all it says.
  CREATE FUNCTION claim_as_worker(a_tenant text, a_sources text[], a_limit integer,
    a_except text[], a_owner text, a_instance text, a_pid integer, a_host text, a_lease_ms bigint)
    RETURNS SETOF runs LANGUAGE plpgsql AS $$
  DECLARE taken integer := 0;
  BEGIN
    IF a_limit > 0 THEN
      RETURN QUERY SELECT * FROM claim_runs(a_tenant, a_sources, a_limit, a_except, a_owner,
        a_instance, a_pid, a_host, a_lease_ms);
      GET DIAGNOSTICS taken = ROW_COUNT;
    END IF;
    INSERT INTO workers AS known VALUES (a_tenant, a_instance, a_sources, taken < a_limit)
      ON CONFLICT (tenant, instance) DO UPDATE
        SET sources = excluded.sources, has_room = excluded.has_room
        WHERE (known.sources, known.has_room) IS DISTINCT FROM
          (excluded.sources, excluded.has_room);
  END $$;
`;
