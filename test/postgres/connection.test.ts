import { afterEach, describe, expect, it, vi } from "vitest";

import { openPostgres, type PostgresConnection } from "../../src/postgres/connection.ts";
import { parsePostgresUrl } from "../../src/postgres/url.ts";
import { hasPostgres, makeSchemaUrl, psql } from "../support/postgres.ts";

describe.skipIf(!hasPostgres())("a statement that PostgreSQL undid for another's sake", () => {
  let connection: PostgresConnection;
  afterEach(() => connection.close());

  /** Whose `undone($1)` fails so the first `times` times. */
  const open = async (times: number) => {
    const url = await makeSchemaUrl();
    const { schema } = (connection = await openPostgres(parsePostgresUrl(url)));
    await psql(
      url,
      `CREATE SCHEMA ${schema}; CREATE SEQUENCE ${schema}.tried;
      CREATE FUNCTION ${schema}.undone(code text) RETURNS text LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('${schema}.tried') <= ${times} THEN RAISE 'undone' USING ERRCODE = code; END IF;
        RETURN 'done';
      END $$`,
    );
    return vi.spyOn(connection.gate, "shut");
  };

  it.each(["40001", "40P01"])(
    "(%s) is tried again alone: nobody else waits for it",
    async (code) => {
      const shut = await open(3);
      const asked = connection.ask("SELECT undone($1)", { values: [code], again: "never" });
      expect(await asked).toEqual([{ undone: "done" }]);
      expect(shut).not.toHaveBeenCalled();
    },
  );

  it("is given up when its time is over, and that is said", async () => {
    const shut = await open(1_000_000);
    const asked = connection.ask("SELECT undone($1)", { values: ["40P01"], waitMs: 50 });
    await expect(asked).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("others were in the way"),
    });
    expect(shut).not.toHaveBeenCalled();
  });
});
