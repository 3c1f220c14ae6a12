import type { Clock } from "../lib/clock.ts";
import type { RunStore } from "../runs/run-store.ts";
import type { SqliteConnection } from "../sqlite/connection.ts";
import { parseGrant } from "./rows.ts";
import { statements } from "./sqlite-statements.ts";

/** Yeses for later calls. */
export function grantVerbs({ connection, clock }: { connection: SqliteConnection; clock: Clock }) {
  const now = (): number => Math.floor(clock.now());
  return {
    async addGrant({ grantId, tool, terms, createdAt, lastsMs, mostUses }) {
      const row = {
        $grantId: grantId,
        $tool: tool,
        $terms: terms,
        $createdAt: createdAt,
        $endsAt: now() + lastsMs,
        $mostUses: mostUses ?? null,
      };
      await connection.write((prepare) => void prepare(statements.addGrant).run(row));
    },
    listGrants: (limit) =>
      connection.read((prepare) =>
        prepare(statements.grants).all({ $nowMs: now(), $limit: limit }).map(parseGrant),
      ),
    grantsFor: (tool) =>
      connection.read((prepare) =>
        prepare(statements.grantsFor).all({ $nowMs: now(), $tool: tool }).map(parseGrant),
      ),
    useGrant: (grantId) =>
      connection.write(
        (prepare) =>
          prepare(statements.useGrant).run({ $nowMs: now(), $grantId: grantId }).changes > 0,
      ),
    endGrant: (grantId, { at, by }) =>
      connection.write(
        (prepare) =>
          prepare(statements.endGrant).run({ $at: at, $by: by, $grantId: grantId }).changes > 0,
      ),
  } satisfies Partial<RunStore>;
}
