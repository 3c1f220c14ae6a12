import { describe, expect, it } from "vitest";

import { runStoreContract } from "../contracts/run-store-contract.ts";
import { nextOf, startOf } from "../support/journal-lines.ts";
import { hasPostgres, makeSchemaUrl, openPostgresStore, psql, urlOf } from "../support/postgres.ts";

/** Notes for each entry whether its transaction waits until it is on disk. */
const NOTE_WAITS = `
  CREATE TABLE waits (seq integer, setting text);
  CREATE FUNCTION note_wait() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO waits VALUES (new.seq, current_setting('synchronous_commit'));
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_wait AFTER INSERT ON entries FOR EACH ROW EXECUTE FUNCTION note_wait();`;

describe.skipIf(!hasPostgres())("PostgreSQL", { timeout: 120_000 }, () => {
  runStoreContract("PostgreSQL", {
    open: async (options) => openPostgresStore(await makeSchemaUrl(), options),
    shared: {
      kind: "PostgreSQL",
      connect: async (store, options) => openPostgresStore(await urlOf(store), options),
      placeOf: urlOf,
    },
  });

  it("waits until an entry is on disk, but for one that may be lost", async () => {
    const url = await makeSchemaUrl();
    const store = await openPostgresStore(url);
    await psql(url, NOTE_WAITS);
    const lines: string[] = [];
    for (const isRepeatable of [false, true, false]) {
      const batch = lines.length === 0 ? startOf("run_a") : nextOf("run_a", lines);
      await store.append({ ...batch, isRepeatable });
      lines.push(...batch.lines);
    }
    await store.close();
    const noted = await psql(url, "SELECT setting FROM waits ORDER BY seq");
    expect(noted.map(({ setting }) => setting)).toEqual(["on", "off", "on"]);
  });
});
