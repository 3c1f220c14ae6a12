import { sha256 } from "../lib/digest.ts";
import { parseFirst, parseNumber, type Row } from "../lib/rows.ts";
import type { KeptGrant, NewGrant, RunStore } from "../runs/run-store.ts";
import { isRight, type SealedCommit } from "../sqlite/commit-chain.ts";
import type { Prepare } from "../sqlite/connection.ts";
import { parseGrant } from "./rows.ts";
import { addCommit, commitStatements, findCommit, parseCommit } from "./sqlite-commits.ts";
import { noteCommit } from "./sqlite-history.ts";
import { isThere, type HistoryMeans } from "./sqlite-seal.ts";
import { statements } from "./sqlite-statements.ts";

/**
 * Yeses for later calls. Each change of one is a commit of the store's history, of the whole row:
 * one that is not as the last of its commits has it lets nothing run.
 */
export function grantVerbs(means: HistoryMeans) {
  const { connection, clock, seal } = means;
  const now = (): number => Math.floor(clock.now());
  /** Changes a row where it still is as it was written, and seals what it is then. */
  const change = async (grantId: string, work: (prepare: Prepare) => boolean): Promise<boolean> => {
    const isCut = await isHistoryCut(means);
    seal.anchors?.begin();
    const commit = await connection.write((prepare) => {
      const row = prepare(statements.grant).get(grantId);
      if (row !== undefined && problemOf(prepare, row, { ...means, isCut }) !== undefined) {
        return undefined;
      }
      return work(prepare) ? sealRow(prepare, grantId, means) : undefined;
    });
    noteCommit(seal, commit);
    return commit !== undefined;
  };
  const sound = async (find: (prepare: Prepare) => Row[]): Promise<KeptGrant[]> => {
    // Every call that a gate lets wait asks for them, and most often there are none.
    if ((await connection.read(find)).length === 0) return [];
    const isCut = await isHistoryCut(means);
    return connection.read((prepare) =>
      find(prepare).map((row) => {
        const problem = problemOf(prepare, row, { ...means, isCut });
        const kept = parseGrant(row);
        return problem === undefined ? kept : { ...kept, isStanding: false, problem };
      }),
    );
  };
  return {
    async addGrant(grant) {
      const { grantId } = grant;
      const row = toRow(grant, now() + grant.lastsMs);
      await change(grantId, (prepare) => prepare(statements.addGrant).run(row).changes > 0);
    },
    listGrants: (limit) =>
      sound((prepare) => prepare(statements.grants).all({ $nowMs: now(), $limit: limit })),
    async grantsFor(tool) {
      const found = await sound((prepare) =>
        prepare(statements.grantsFor).all({ $nowMs: now(), $tool: tool }),
      );
      return found.filter(({ isStanding }) => isStanding);
    },
    useGrant: (grantId) =>
      change(
        grantId,
        (prepare) =>
          prepare(statements.useGrant).run({ $nowMs: now(), $grantId: grantId }).changes > 0,
      ),
    async endGrant(grantId, { at, by }) {
      const row = { $at: at, $by: by, $grantId: grantId };
      // Also one that was changed: it stays so.
      if (await change(grantId, (prepare) => prepare(statements.endGrant).run(row).changes > 0))
        return true;
      return connection.write((prepare) => prepare(statements.endGrant).run(row).changes > 0);
    },
  } satisfies Partial<RunStore>;
}

function toRow({ grantId, tool, terms, createdAt, mostUses }: NewGrant, endsAt: number) {
  return {
    $grantId: grantId,
    $tool: tool,
    $terms: terms,
    $createdAt: createdAt,
    $endsAt: endsAt,
    $mostUses: mostUses ?? null,
  };
}

/** Whether what this machine has seen of the store last is not in it. */
async function isHistoryCut({ connection, seal }: HistoryMeans): Promise<boolean> {
  const seen = seal.anchors?.newest();
  return seen !== undefined && !(await isThere(connection, seen));
}

function sealRow(
  prepare: Prepare,
  grantId: string,
  { clock, seal }: Pick<HistoryMeans, "clock" | "seal">,
): SealedCommit | undefined {
  const row = prepare(statements.grant).get(grantId);
  if (row === undefined) return undefined;
  const of = { kind: "grant", runId: grantId, firstSeq: 0, lastSeq: parseNumber(row, "uses") };
  return addCommit(
    prepare,
    { ...of, kind: "grant", line: textOf(row) },
    { nowMs: clock.now(), key: seal.key },
  );
}

/** All of a row that says what it lets run. */
function textOf(row: Row): string {
  const names = ["grant_id", "tool", "terms", "created_at", "ends_at", "most_uses", "uses"];
  return JSON.stringify([...names, "ended_at", "ended_by"].map((name) => row[name] ?? null));
}

/** Why a row is not to be believed; `undefined` where it is as it was written. */
function problemOf(
  prepare: Prepare,
  row: Row,
  { seal: { key }, isCut }: Pick<HistoryMeans, "seal"> & { isCut: boolean },
): string | undefined {
  const last = parseFirst(
    prepare(commitStatements.ofGrant).get(String(row["grant_id"])),
    parseCommit,
  );
  if (last === undefined) {
    // Ended, it lets nothing run, whoever wrote it.
    return row["ended_at"] === null
      ? "it was added by another program: no commit has it"
      : undefined;
  }
  if (last.hash !== sha256(textOf(row)))
    return "it is not as it was written: another program changed it";
  if (last.keyId !== key?.id)
    return "it was given on another machine, or without a key: it cannot be checked here";
  const before = last.number === 1 ? undefined : findCommit(prepare, last.number - 1);
  if (last.number > 1 && before === undefined) return `commit ${last.number - 1} is missing`;
  if (!isRight(last, before, key)) return `its commit ${last.number} is not as it was made`;
  const since = prepare(commitStatements.since).get(last.number);
  const { count, newest, older, accepted } = since ?? {};
  if (Number(newest ?? last.number) - last.number !== Number(count ?? 0))
    return "a commit behind its last is missing";
  if (Number(older ?? 0) > Number(accepted ?? 0))
    return "the store is an older copy of what this machine has seen";
  return isCut ? "what this machine has seen of the store last is not in it" : undefined;
}
