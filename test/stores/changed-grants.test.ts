import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { beforeEach, describe, expect, it } from "vitest";

import { agentFolders } from "../../src/agents/turn-fold.ts";
import { auditWhole } from "../../src/runs/audit.ts";
import type { NewGrant, RunStore } from "../../src/runs/run-store.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { atMinute } from "../support/journal-lines.ts";
import { hasPostgres, makeSchemaUrl, openPostgresStore, psql } from "../support/postgres.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

async function auditOf(store: RunStore) {
  return (await auditWhole({ store, folders: agentFolders }, {})).store;
}

const tempDirectory = useTempDirectory();
const TOOL = "code\npay";

const of = (grantId: string, more: Partial<NewGrant> = {}): NewGrant => ({
  grantId,
  tool: TOOL,
  terms: `{"amount": 5}`,
  createdAt: atMinute(1),
  lastsMs: 3_600_000,
  ...more,
});

/** What another program does to the table, and which grant is found by it. */
const changes: [what: string, sql: string, found: string][] = [
  [
    "inserts one",
    `CREATE TABLE one AS SELECT * FROM grants WHERE grant_id = 'grt_used'; UPDATE one SET grant_id = 'grt_new', uses = 0; INSERT INTO grants SELECT * FROM one; DROP TABLE one`,
    "grt_new",
  ],
  [
    "widens one",
    `UPDATE grants SET terms = '{"amount": 9}' WHERE grant_id = 'grt_used'`,
    "grt_used",
  ],
  [
    "makes one last longer",
    "UPDATE grants SET ends_at = ends_at + 9 WHERE grant_id = 'grt_used'",
    "grt_used",
  ],
  ["turns a count back", "UPDATE grants SET uses = 0 WHERE grant_id = 'grt_used'", "grt_used"],
  ["lifts a limit", "UPDATE grants SET most_uses = NULL WHERE grant_id = 'grt_used'", "grt_used"],
  [
    "takes back that one was ended",
    "UPDATE grants SET ended_at = NULL, ended_by = NULL WHERE grant_id = 'grt_ended'",
    "grt_ended",
  ],
];

interface Site {
  store: RunStore;
  change(sql: string): Promise<void>;
}

async function openSqlite(): Promise<Site> {
  const directory = await tempDirectory();
  const path = join(directory, "runs.db");
  const store = await openSqliteRunStore({ path, stateDirectory: join(directory, "state") });
  const change = async (sql: string): Promise<void> => {
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
  };
  return { store, change };
}

async function openPostgres(): Promise<Site> {
  const url = await makeSchemaUrl();
  return {
    store: await openPostgresStore(url),
    change: async (sql) => void (await psql(url, sql)),
  };
}

const sites: [string, () => Promise<Site>][] = [
  ["sqlite", openSqlite],
  ...(hasPostgres() ? [["postgres", openPostgres] satisfies [string, () => Promise<Site>]] : []),
];

describe.each(sites)(
  "a yes for later calls that another program changed, on the %s store",
  (_, open) => {
    let store: RunStore;
    let change: Site["change"];

    beforeEach(async () => {
      ({ store, change } = await open());
      await store.addGrant(of("grt_used", { mostUses: 3 }));
      await store.useGrant("grt_used");
      await store.addGrant(of("grt_ended"));
      await store.endGrant("grt_ended", { at: atMinute(2), by: "ada" });
      await store.addGrant(of("grt_whole"));
      await store.useGrant("grt_whole");
    });

    it("is none of those that are as they were written", async () => {
      expect(await auditOf(store)).not.toHaveProperty("problem");
      const standing = (await store.grantsFor(TOOL)).map(({ grantId }) => grantId);
      expect(standing.toSorted()).toEqual(["grt_used", "grt_whole"]);
      await store.close();
    });

    it.each(changes)(
      "%s: lets nothing run, and is found by the audit",
      async (_what, sql, found) => {
        await change(sql);
        expect((await store.grantsFor(TOOL)).map(({ grantId }) => grantId)).not.toContain(found);
        expect(await store.useGrant(found)).toBe(false);
        const { problem } = await auditOf(store);
        expect(problem).toContain(`grant ${found} lets nothing run: it `);
        expect(problem).not.toContain("grt_whole");
        expect(await store.useGrant("grt_whole")).toBe(true);
        const kept = (await store.listGrants(9)).find(({ grantId }) => grantId === found);
        expect(kept).toMatchObject({ isStanding: false, problem: expect.any(String) });
        // Ended by a person, it goes on to be what another program made of it.
        expect(await store.endGrant(found, { at: atMinute(3), by: "ada" })).toBe(true);
        await store.close();
      },
    );
  },
);

describe("a yes for later calls in a file", () => {
  const last = "(SELECT max(number) FROM commits)";

  it.each([
    ["cut off", `DELETE FROM commits WHERE number = ${last}`],
    ["cut out", `DELETE FROM commits WHERE number = ${last} - 1`],
    [
      "made without the key",
      `UPDATE commits SET hash = 'another', mac = 'another' WHERE number = ${last}`,
    ],
  ])("lets nothing run where its history was %s", async (_, sql) => {
    const { store, change } = await openSqlite();
    await store.addGrant(of("grt_a", { mostUses: 1 }));
    await store.useGrant("grt_a");
    await store.addGrant(of("grt_b"));
    // The count of the first is turned back, with what says so.
    await change(`UPDATE grants SET uses = 0 WHERE grant_id = 'grt_a'; ${sql}`);
    expect(await store.grantsFor(TOOL)).toEqual([]);
    expect(await store.useGrant("grt_a")).toBe(false);
    expect((await auditOf(store)).problem).toContain("grant grt_a lets nothing run");
    await store.close();
  });
});

it("a yes for later calls in memory is out of reach of other programs: what is given out is a copy", async () => {
  const store = createMemoryRunStore();
  await store.addGrant(of("grt_a", { mostUses: 1 }));
  for (const kept of await store.grantsFor(TOOL)) Object.assign(kept, { mostUses: 9, uses: -9 });
  expect(await store.useGrant("grt_a")).toBe(true);
  expect(await store.useGrant("grt_a")).toBe(false);
  expect(await auditOf(store)).toEqual({});
});
