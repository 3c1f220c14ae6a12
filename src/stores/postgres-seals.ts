import { setImmediate as nextTurn } from "node:timers/promises";

import { onHold, type RunHistory, type StoreHistory } from "../engine/store-history.ts";
import { sha256, type SealKey } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { isKeepable } from "../lib/key-text.ts";
import { parseFirst, parseNumber, parseText, type Row } from "../lib/rows.ts";
import type { PostgresConnection, Value } from "../postgres/connection.ts";
import type { AppendBatch } from "../engine/journal-store.ts";
import { prevOf, refusals } from "./rules.ts";
import { parseRunId } from "./rows.ts";
import { statements } from "./postgres-statements.ts";

const PAGE = 500;
/** Of so many runs it is remembered from where on they are sealed. */
const MOST_KNOWN = 10_000;

/**
 * Seals of runs in PostgreSQL, whose key is with the processes and never in the database. A seal is
 * of the last line, which every line before leads to; so a run that others changed, cut or added to
 * is found. One that was put back whole as it once was is not, nor is one that is missing. Without
 * a key only what was changed without making the hashes anew is found.
 */
export interface RunSeals {
  /** The values that an append is given besides its own; none without a key. */
  valuesFor(batch: AppendBatch): Value[];
  /**
   * Why an append was refused; returns where it can be tried again, since more is known now.
   *
   * @throws ConflictError where another process was first; HoldpointError `not_allowed` for a run
   * that others changed, which is on hold from then on
   */
  explain(batch: AppendBatch, refusal: AppendRefusal): Promise<void>;
  readonly isSealing: boolean;
  readonly history: StoreHistory;
}

/** Why entries were not appended; `seal`: the run does not end as it is sealed. */
export type AppendRefusal = keyof typeof refusals | "seal";

interface SealsMeans {
  readonly connection: PostgresConnection;
  readonly tenant: string;
  readonly key: SealKey | undefined;
}

/**
 * @param key absent where this process has none
 * @throws HoldpointError `invalid_input` where the runs of the tenant are sealed with another key
 */
export async function openSeals(means: SealsMeans): Promise<RunSeals> {
  const { connection, tenant, key } = means;
  const findKey = async (): Promise<string | undefined> => {
    const [row] = await connection.ask(statements.auditKey, { values: [tenant] });
    return parseFirst(row, (found) => parseText(found, "key_id"));
  };
  let known = await findKey();
  if (known === undefined && key !== undefined) {
    // Before anybody else believes that all of them are sealed.
    await sealUnfinished(means);
    await connection.ask(statements.addAuditKey, { values: [tenant, key.id] });
    known = await findKey();
  }
  if (known !== key?.id) throw otherKey(connection.location, key !== undefined);
  return createSeals(means);
}

function otherKey(location: string, hasOne: boolean): HoldpointError {
  const what = hasOne ? "another audit key than this one" : "an audit key, and there is none here";
  return new HoldpointError(
    "invalid_input",
    `The runs of ${location} are sealed with ${what}. Nothing was done. Set HOLDPOINT_AUDIT_KEY to the one of the other processes`,
  );
}

function createSeals(means: SealsMeans): RunSeals {
  const { connection, tenant, key } = means;
  /** From which entry on a run is sealed, where that is not the first. */
  const sealedFrom = new Map<RunId, number>();
  const remember = (runId: RunId, from: number): void => {
    if (sealedFrom.size >= MOST_KNOWN) sealedFrom.clear();
    sealedFrom.set(runId, from);
  };
  const history = createHoldHistory(means);
  return {
    isSealing: key !== undefined,
    history,
    valuesFor(batch) {
      if (key === undefined) return [];
      const { runId, fromSeq, lines } = batch;
      const to = fromSeq + lines.length - 1;
      // What a person released is taken as it stands.
      if (isRelease(batch)) remember(runId, fromSeq);
      const from = sealedFrom.get(runId) ?? 0;
      const before = macOf(means, { runId, from, to: fromSeq - 1, hash: prevOf(batch) });
      const mac = macOf(means, { runId, from, to, hash: sha256(lines.at(-1) ?? "") });
      return [isRelease(batch) ? null : before, from, to, mac];
    },
    async explain(batch, refusal) {
      const { runId } = batch;
      const values = [tenant, runId];
      const [row] = await connection.ask(statements.seal, { values });
      const problem = row === undefined ? undefined : problemIn(means, row);
      if (problem !== undefined && isRelease(batch)) {
        const [rebased] = await connection.ask(statements.rebase, { values });
        if (rebased !== undefined) return;
      } else if (problem !== undefined) throw onHold(runId, await history.suspect(runId));
      if (refusal !== "seal") throw refusals[refusal](batch);
      const from = row === undefined ? 0 : parseNumber(row, "sealed_from");
      if (from === (sealedFrom.get(runId) ?? 0)) throw refusals.hash(batch);
      remember(runId, from);
    },
  };
}

function isRelease({ lines }: AppendBatch): boolean {
  return lines[0]?.includes('"type":"run_released"') === true;
}

function createHoldHistory(means: SealsMeans): StoreHistory {
  const { connection, tenant } = means;
  return {
    // Older copies are not noticed.
    unknownSince: () => undefined,
    async suspect(runId) {
      const now = new Date().toISOString();
      const [row] = await connection.ask(statements.holdRun, { values: [tenant, runId, now] });
      return { reason: "changed", since: row === undefined ? now : parseText(row, "since") };
    },
    async holdOf(runId) {
      if (!isKeepable(runId)) return undefined;
      const [row] = await connection.ask(statements.holdOf, { values: [tenant, runId] });
      return parseFirst(row, (found) => ({ reason: "changed", since: parseText(found, "since") }));
    },
    async release(runId) {
      await connection.ask(statements.releaseHold, { values: [tenant, runId] });
    },
    async accept() {
      throw new HoldpointError(
        "invalid_input",
        "A store in PostgreSQL is not accepted as a whole. Let each run go on by itself: holdpoint store release RUN",
      );
    },
    check: (anchor) => checkSeals(means, anchor),
    anchor: async () => undefined,
  };
}

/** A mac of where a run ends; empty without a key. */
function macOf(
  { tenant, key }: SealsMeans,
  { runId, from, to, hash }: { runId: string; from: number; to: number; hash: string },
): string {
  return key?.macOf(JSON.stringify(["run", tenant, runId, from, to, hash])) ?? "";
}

/** What does not fit of a run; absent where all does. */
function problemIn(means: SealsMeans, row: Row): string | undefined {
  const last = parseNumber(row, "next_seq") - 1;
  const problem = means.key === undefined ? undefined : sealProblem(means, row, last);
  if (problem !== undefined) return problem;
  if (row["last"] === null) return `entry ${last} is missing`;
  if (sha256(parseText(row, "last")) === row["last_hash"]) return undefined;
  return `entry ${last} is not as it was written`;
}

function sealProblem(means: SealsMeans, row: Row, last: number): string | undefined {
  if (row["mac"] === null) return "it has no seal: another program wrote it";
  const [from, to] = [parseNumber(row, "sealed_from"), parseNumber(row, "sealed_to")];
  if (row["sealed"] === null) return `entry ${to} is missing`;
  const hash = sha256(parseText(row, "sealed"));
  if (macOf(means, { runId: parseRunId(row), from, to, hash }) !== row["mac"]) {
    return `entry ${to}, or one before, is not as it was written`;
  }
  if (to < last) return `entry ${to + 1} was added by another program`;
  return to > last ? "its row is not as it was written" : undefined;
}

/** Runs that go on are sealed from now on; what they are so far is taken as it stands. */
async function sealUnfinished(means: SealsMeans): Promise<void> {
  const { connection, tenant } = means;
  let after = "";
  for (;;) {
    const rows = await connection.ask(statements.unsealed, { values: [tenant, after, PAGE] });
    const ends = rows.map((row) => {
      const [runId, from] = [parseRunId(row), parseNumber(row, "next_seq")];
      const hash = sha256(parseText(row, "last"));
      return { runId, from, mac: macOf(means, { runId, from, to: from - 1, hash }) };
    });
    await connection.ask(statements.sealAsIs, {
      values: [
        tenant,
        ends.map(({ runId }) => runId),
        ends.map(({ from }) => from),
        ends.map(({ mac }) => mac),
      ],
    });
    const last = ends.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.runId;
  }
}

async function checkSeals(
  means: SealsMeans,
  anchor: string | undefined,
): ReturnType<StoreHistory["check"]> {
  const runs = new Map<RunId, RunHistory>();
  const counts = { unsealed: 0, asTheyStood: 0 };
  let after = "";
  for (;;) {
    const values = [means.tenant, after, PAGE];
    const rows = await means.connection.ask(statements.seals, { values });
    for (const row of rows) {
      const runId = parseRunId(row);
      const isOld =
        means.key !== undefined && row["mac"] === null && parseNumber(row, "is_over") === 1;
      if (isOld) counts.unsealed += 1;
      else if (row["mac"] !== null && parseNumber(row, "sealed_from") > 0) counts.asTheyStood += 1;
      runs.set(runId, { runId, problem: isOld ? undefined : problemIn(means, row) });
      after = runId;
    }
    if (rows.length < PAGE) break;
    await nextTurn();
  }
  const { unsealed, asTheyStood } = counts;
  const notes = [
    ...(unsealed === 0
      ? []
      : [
          `${unsealed} runs were over before there was an audit key: whether they are as they were written cannot be told`,
        ]),
    ...(asTheyStood === 0
      ? []
      : [
          `of ${asTheyStood} runs the beginning was taken as it stood: it is from before there was an audit key, or a person released it`,
        ]),
  ];
  return {
    store: {
      ...(anchor === undefined
        ? {}
        : { problem: "the anchor that was given is of no store in PostgreSQL" }),
      ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
    },
    runs,
  };
}
