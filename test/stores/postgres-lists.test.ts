import { beforeAll, describe, expect, it } from "vitest";

import { listRunsStatement } from "../../src/stores/postgres-statements.ts";
import { hasPostgres, makeSchemaUrl, openPostgresStore, psql } from "../support/postgres.ts";

const PAGE = 100;

/** How the database goes about a statement. */
interface Plan {
  "Actual Rows": number;
  "Rows Removed by Filter"?: number;
  Plans?: Plan[];
}

function readRows({ Plans = [], ...plan }: Plan): number {
  const own = Plans.length === 0 ? plan["Actual Rows"] : 0;
  const removed = plan["Rows Removed by Filter"] ?? 0;
  return own + removed + Plans.reduce((sum, each) => sum + readRows(each), 0);
}

describe.skipIf(!hasPostgres())(
  "of 2,000 runs that wait before 18,000 that are over, a page",
  { timeout: 120_000 },
  () => {
    let url: string;

    beforeAll(async () => {
      url = await makeSchemaUrl();
      const store = await openPostgresStore(url);
      await psql(
        url,
        `INSERT INTO runs SELECT '', 'run_' || i, 1, 1, '',
          CASE WHEN i > 18000 THEN 'Clerk' ELSE 'Guard' END, 'test',
          CASE WHEN i > 18000 THEN 'awaiting_approval' ELSE 'completed' END,
          to_char(timestamp '2026-01-01' + i * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
          '', NULL, NULL, NULL, false, i <= 18000, NULL
        FROM generate_series(1, 20000) AS n (i); ANALYZE runs`,
      );
      await store.close();
    }, 120_000);

    it.each([
      { of: { status: "completed" }, values: ["completed"] },
      { of: { agent: "Guard" }, values: ["Guard"] },
      { of: { status: "completed", agent: "Guard" }, values: ["completed", "Guard"] },
    ] as const)("of $values reads no others on the way", async ({ of, values }) => {
      for (const cursor of [[], ["2026-01-01T02:00:00Z", "run_7200"]]) {
        const statement = listRunsStatement({ ...of, isContinued: cursor.length > 0 });
        const given = ["''", `${PAGE}`, ...[...values, ...cursor].map((value) => `'${value}'`)];
        const filled = given.reduceRight(
          (text, value, index) => text.replaceAll(`$${index + 1}`, value),
          statement,
        );
        const rows = await psql(url, `EXPLAIN (ANALYZE, FORMAT JSON) ${filled}`);
        const [{ Plan: plan }] = rows[0]?.["QUERY PLAN"] as [{ Plan: Plan }];
        expect(readRows(plan), JSON.stringify(plan)).toBe(PAGE);
      }
    });
  },
);
