/**
 * What the sixth version adds: seals of runs, for those who have an audit key. Of a run it is known
 * up to which entry it is sealed (`sealed_to`), and from which one on: what stood before was taken as
 * it was. `mac` is made where the key is, never here. `audit_keys` names the key of a tenant. A run
 * with a row in `holds` is gone on with by nobody.
 */
export const seals = `
  ALTER TABLE runs ADD COLUMN sealed_from integer, ADD COLUMN sealed_to integer,
    ADD COLUMN mac key_text;
  CREATE TABLE audit_keys (tenant key_text PRIMARY KEY, key_id key_text NOT NULL);
  CREATE TABLE holds (
    tenant key_text NOT NULL,
    run_id key_text NOT NULL,
    since key_text NOT NULL,
    PRIMARY KEY (tenant, run_id)
  );

  CREATE FUNCTION hash_of(a_line text) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT translate(rtrim(encode(sha256(convert_to(a_line, 'UTF8')), 'base64'), '='),
      '+/', '-_') $$;

  -- Whether a run ends where its seal says. What does not go on there anyway is said by the append.
  CREATE FUNCTION is_sealed_to(a_tenant text, a_run text, a_from integer, a_mac text)
    RETURNS boolean LANGUAGE plpgsql AS $$
  DECLARE stored runs%ROWTYPE;
  BEGIN
    SELECT * INTO stored FROM runs WHERE tenant = a_tenant AND run_id = a_run FOR UPDATE;
    RETURN NOT FOUND OR stored.next_seq <> a_from
      OR (stored.sealed_to = a_from - 1 AND stored.mac = a_mac) IS TRUE;
  END $$;

  CREATE FUNCTION seal_run(a_outcome text, a_tenant text, a_run text, a_from integer, a_to integer,
    a_mac text) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN
    IF a_outcome = 'ok' THEN
      UPDATE runs SET sealed_from = a_from, sealed_to = a_to, mac = a_mac
        WHERE tenant = a_tenant AND run_id = a_run AND next_seq = a_to + 1;
    END IF;
    RETURN a_outcome;
  END $$;

  CREATE FUNCTION hold_run(a_tenant text, a_run text, a_since text) RETURNS text
    LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO holds VALUES (a_tenant, a_run, a_since) ON CONFLICT DO NOTHING;
    -- So that nobody asks for it.
    UPDATE runs SET runnable = false WHERE tenant = a_tenant AND run_id = a_run AND runnable;
    RETURN (SELECT since FROM holds WHERE tenant = a_tenant AND run_id = a_run);
  END $$;
`;
