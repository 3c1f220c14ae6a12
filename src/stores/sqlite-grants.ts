import type { Clock } from "../lib/clock.ts";
import type { KeptGrant, RunStore } from "../runs/run-store.ts";
import type { Row } from "../lib/rows.ts";
import { sealOf, type CommitKey } from "../sqlite/commit-chain.ts";
import type { SqliteConnection } from "../sqlite/connection.ts";
import { parseGrant } from "./rows.ts";
import type { Seal } from "./sqlite-seal.ts";
import { statements } from "./sqlite-statements.ts";

interface Means {
  connection: SqliteConnection;
  clock: Clock;
  seal: Pick<Seal, "key">;
}

/** Yeses for later calls. They are in no journal: one without a right seal lets nothing run. */
export function grantVerbs({ connection, clock, seal: { key } }: Means) {
  const now = (): number => Math.floor(clock.now());
  return {
    async addGrant({ grantId, tool, terms, createdAt, lastsMs, mostUses }) {
      const row = {
        grant_id: grantId,
        tool,
        terms,
        created_at: createdAt,
        ends_at: now() + lastsMs,
        most_uses: mostUses ?? null,
        uses: 0,
        ended_at: null,
      };
      const values = {
        $grantId: grantId,
        $tool: tool,
        $terms: terms,
        $createdAt: createdAt,
        $endsAt: row.ends_at,
        $mostUses: row.most_uses,
        $keyId: key?.id ?? null,
        $mac: macOf(row, key),
      };
      await connection.write((prepare) => void prepare(statements.addGrant).run(values));
    },
    listGrants: (limit) =>
      connection.read((prepare) =>
        prepare(statements.grants)
          .all({ $nowMs: now(), $limit: limit })
          .map((row): KeptGrant => {
            const grant = parseGrant(row);
            return isSealed(row, key) ? grant : { ...grant, isStanding: false };
          }),
      ),
    grantsFor: (tool) =>
      connection.read((prepare) =>
        prepare(statements.grantsFor)
          .all({ $nowMs: now(), $tool: tool })
          .filter((row) => isSealed(row, key))
          .map(parseGrant),
      ),
    useGrant: (grantId) =>
      connection.write((prepare) => {
        const row = prepare(statements.standingGrant).get({ $nowMs: now(), $grantId: grantId });
        if (row === undefined || !isSealed(row, key)) return false;
        const mac = macOf({ ...row, uses: Number(row["uses"]) + 1 }, key);
        return prepare(statements.useGrant).run({ $grantId: grantId, $mac: mac }).changes > 0;
      }),
    endGrant: (grantId, { at, by }) =>
      connection.write((prepare) => {
        const row = prepare(statements.openGrant).get(grantId);
        if (row === undefined) return false;
        const isRight = isSealed(row, key);
        const mac = isRight ? macOf({ ...row, ended_at: at }, key) : (row["mac"] ?? null);
        const ended = { $at: at, $by: by, $grantId: grantId, $mac: mac };
        return prepare(statements.endGrant).run(ended).changes > 0;
      }),
  } satisfies Partial<RunStore>;
}

const SEALED = [
  "grant_id",
  "tool",
  "terms",
  "created_at",
  "ends_at",
  "most_uses",
  "uses",
  "ended_at",
] as const;

function macOf(row: Row, key: CommitKey | undefined): string | null {
  if (key === undefined) return null;
  return sealOf(
    "grant",
    SEALED.map((name) => row[name]),
    key,
  );
}

/** Whether it stands as it was given; without a key nobody can tell. */
function isSealed(row: Row, key: CommitKey | undefined): boolean {
  return key === undefined || (row["key_id"] === key.id && row["mac"] === macOf(row, key));
}

/** What is wrong with the grants of a store, and what is only not known of them. */
export async function checkGrants({
  connection,
  seal: { key },
}: Pick<Means, "connection" | "seal">): Promise<{ problems: string[]; unsealed: number }> {
  const rows = await connection.read((prepare) => prepare(statements.sealedGrants).all());
  const wrong = rows.filter((row) => !isSealed(row, key));
  // Of another machine, or given before there were seals: it lets nothing run either.
  const changed = wrong.filter((row) => row["key_id"] === key?.id);
  return {
    problems: changed.map(
      (row) => `the yes to later calls ${String(row["grant_id"])} is not as it was given`,
    ),
    unsealed: wrong.length - changed.length,
  };
}
