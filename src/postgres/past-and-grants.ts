/**
 * What the second version adds: counts of calls that ran, which outlive their runs and hold no value
 * of any call, and yeses for later calls.
 */
export const pastAndGrants = `
  CREATE TABLE past_calls (
    tenant key_text NOT NULL,
    tool key_text NOT NULL,
    feature key_text NOT NULL,
    count integer NOT NULL,
    kinds integer NOT NULL,
    last_at key_text NOT NULL,
    low double precision,
    high double precision,
    PRIMARY KEY (tenant, tool, feature)
  ) WITH (fillfactor = 70);

  CREATE TABLE grants (
    tenant key_text NOT NULL,
    grant_id key_text NOT NULL,
    tool key_text NOT NULL,
    terms text NOT NULL,
    created_at key_text NOT NULL,
    ends_at bigint NOT NULL,
    most_uses integer,
    uses integer NOT NULL DEFAULT 0,
    ended_at key_text,
    ended_by text,
    PRIMARY KEY (tenant, grant_id)
  );
  CREATE INDEX grants_newest ON grants (tenant, created_at, grant_id);
  CREATE INDEX grants_standing ON grants (tenant, tool) WHERE ended_at IS NULL;

  CREATE FUNCTION count_past(a_tenant text, a_past jsonb) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    given record;
    total integer;
  BEGIN
    FOR given IN
      SELECT call ->> 'tool' AS tool, call ->> 'at' AS at, feature.value ->> 'key' AS key,
        feature.value ->> 'of' AS kind_of, (feature.value ->> 'number')::double precision AS number
      FROM jsonb_array_elements(a_past) AS past (call),
        jsonb_array_elements(past.call -> 'features') WITH ORDINALITY AS feature (value, place)
      ORDER BY tool, place
    LOOP
      INSERT INTO past_calls AS known (tenant, tool, feature, count, kinds, last_at, low, high)
        VALUES (a_tenant, given.tool, given.key, 1, 0, given.at, given.number, given.number)
        ON CONFLICT (tenant, tool, feature) DO UPDATE SET count = known.count + 1,
          last_at = greatest(known.last_at, excluded.last_at),
          low = least(known.low, excluded.low), high = greatest(known.high, excluded.high)
        RETURNING count INTO total;
      IF total = 1 AND given.kind_of IS NOT NULL THEN
        UPDATE past_calls SET kinds = kinds + 1
          WHERE tenant = a_tenant AND tool = given.tool AND feature = given.kind_of;
      END IF;
    END LOOP;
  END $$;

  CREATE FUNCTION append_and_count(a_tenant text, a_run text, a_from integer, a_lines text[],
    a_prev text, a_again boolean, a_lazy boolean, a_instance text, a_length integer, a_agent text,
    a_source text, a_status text, a_created text, a_updated text, a_session text, a_key text,
    a_digest text, a_runnable boolean, a_over boolean, a_ids text[], a_approval_created text[],
    a_expires text[], a_in_ms bigint[], a_cards text[], a_intent text, a_place integer,
    a_closes text[], a_past jsonb) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE
    outcome text;
    was_there boolean := false;
  BEGIN
    -- Asked again after a lost answer: what was kept then was counted then.
    IF a_again THEN
      PERFORM FROM runs WHERE tenant = a_tenant AND run_id = a_run FOR UPDATE;
      was_there := EXISTS (SELECT FROM entries
        WHERE tenant = a_tenant AND run_id = a_run AND seq = a_from);
    END IF;
    outcome := append_entries(a_tenant, a_run, a_from, a_lines, a_prev, a_again, a_lazy,
      a_instance, a_length, a_agent, a_source, a_status, a_created, a_updated, a_session, a_key,
      a_digest, a_runnable, a_over, a_ids, a_approval_created, a_expires, a_in_ms, a_cards,
      a_intent, a_place, a_closes);
    IF outcome = 'ok' AND NOT was_there THEN PERFORM count_past(a_tenant, a_past); END IF;
    RETURN outcome;
  END $$;
`;

/**
 * What the third version adds: a digest of each grant, which every change by this program makes
 * anew. Whatever changes a row otherwise is seen; it keeps nobody out who makes the digest, too.
 */
export const sealedGrants = `
  CREATE FUNCTION grant_seal(a_tenant text, a_id text, a_tool text, a_terms text, a_created text,
    a_ends bigint, a_most integer, a_uses integer, a_ended text, a_by text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(a_tenant, a_id, a_tool, a_terms, a_created,
      a_ends, a_most, a_uses, a_ended, a_by)::text, 'UTF8')), 'hex')
  $$;
  ALTER TABLE grants ADD COLUMN seal text;
  UPDATE grants SET seal = grant_seal(tenant, grant_id, tool, terms, created_at, ends_at, most_uses,
    uses, ended_at, ended_by);
`;
