/**
 * What the fifth version changes: the current run of a wish stays, since its outcome reached nobody
 * yet, unless it is to be removed too.
 */
export const removal = `
  DROP FUNCTION remove_runs(text, text, integer, text);

  CREATE FUNCTION remove_runs(a_tenant text, a_before text, a_limit integer, a_instance text,
    a_untold boolean, OUT runs text[], OUT bytes bigint, OUT more boolean, OUT kept bigint)
    LANGUAGE plpgsql AS $$
  BEGIN
    runs := ARRAY(SELECT run_id FROM runs AS old WHERE tenant = a_tenant AND over_at < a_before
      AND (a_untold OR NOT EXISTS (SELECT FROM intents WHERE intents.tenant = a_tenant
        AND intents.run_id = old.run_id AND is_current))
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
    SELECT count(*) INTO kept FROM intents JOIN runs AS old USING (tenant, run_id)
      WHERE tenant = a_tenant AND is_current AND over_at < a_before AND NOT a_untold;
  END $$;`;
