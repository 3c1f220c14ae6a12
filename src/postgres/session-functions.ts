export const sessionFunctions = `
  CREATE FUNCTION add_session_items(a_tenant text, a_session text, a_items text[])
    RETURNS void LANGUAGE plpgsql AS $$
  DECLARE last integer;
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('session ' || a_tenant || ' ' || a_session, 0));
    SELECT max(number) INTO last FROM session_items
      WHERE tenant = a_tenant AND session_id = a_session;
    INSERT INTO session_items (tenant, session_id, number, item)
      SELECT a_tenant, a_session, coalesce(last, -1) + number, item
      FROM unnest(a_items) WITH ORDINALITY AS given (item, number);
  END $$;

  CREATE FUNCTION add_run_items(a_tenant text, a_session text, a_run text, a_from integer,
    a_items text[]) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE known integer;
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('session ' || a_tenant || ' ' || a_session, 0));
    SELECT written INTO known FROM session_runs
      WHERE tenant = a_tenant AND session_id = a_session AND run_id = a_run;
    known := coalesce(known, 0);
    IF a_from + cardinality(a_items) <= known THEN RETURN; END IF;
    PERFORM add_session_items(a_tenant, a_session,
      a_items[greatest(0, known - a_from) + 1 : cardinality(a_items)]);
    INSERT INTO session_runs (tenant, session_id, run_id, written)
      VALUES (a_tenant, a_session, a_run, a_from + cardinality(a_items))
      ON CONFLICT (tenant, session_id, run_id) DO UPDATE SET written = excluded.written;
  END $$;

  CREATE FUNCTION pop_session_item(a_tenant text, a_session text) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE popped text;
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('session ' || a_tenant || ' ' || a_session, 0));
    DELETE FROM session_items WHERE tenant = a_tenant AND session_id = a_session AND number = (
      SELECT max(number) FROM session_items WHERE tenant = a_tenant AND session_id = a_session)
      RETURNING item INTO popped;
    RETURN popped;
  END $$;`;
