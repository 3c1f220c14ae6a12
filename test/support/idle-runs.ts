import { createHash } from "node:crypto";
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

import type { OldPackage } from "./old-package.ts";

/** Runs that wait for a person, of whom nobody wants anything else; one agent each. */
export const shapes = {
  Handing: "a handoff beside the call that waits, in format 1",
  Saving: "a session that is owed items",
  Disabled: "a tool that is disabled now",
  Changed: "a tool that is defined otherwise now",
} as const;

export type Shape = keyof typeof shapes;

/** Makes one store of the version before for each shape, with one run that waits. */
export async function writeIdleRuns(old: OldPackage, directory: string): Promise<void> {
  const { exitCode, stderr } = await old.program(`
import { Agent, createAgentRegistry, createRunService, createSqliteRunStore, createSqliteSessions, tool } from "holdpoint";
import { call, createScriptedModel } from "holdpoint/testing";
import { z } from "zod";

const pay = tool({
  name: "pay",
  description: "Pays.",
  parameters: z.object({ amount: z.number() }),
  needsApproval: true,
  execute: ({ amount }) => "Paid " + amount,
});
const paying = call("pay", { amount: 1 }, "c1");
const transfer = call("transfer_to_Other", {}, "c2");
for (const name of ${JSON.stringify(Object.keys(shapes))}) {
  const handoffs = name === "Handing" ? [new Agent({ name: "Other" })] : [];
  const model = createScriptedModel([handoffs.length > 0 ? [paying, transfer] : [paying]]);
  const agent = new Agent({ name, model, tools: [pay], handoffs });
  const path = ${JSON.stringify(directory)} + "/" + name + ".db";
  const service = createRunService({
    store: await createSqliteRunStore({ path }),
    registry: createAgentRegistry([{ agent, source: "test#" + name }], {}),
    sessions: createSqliteSessions({ path }),
    log: { info() {}, warn() {} },
  });
  const sessionId = name === "Saving" ? "s0" : undefined;
  const runId = await service.start({ input: "Pay.", sessionId });
  const { status } = await service.wait(runId, { timeoutMs: 20_000 });
  if (status !== "awaiting_approval") throw new Error(name + " is " + status);
  await service.close(5_000);
}
`);
  if (exitCode !== 0) throw new Error(`The runs could not be made: ${stderr}`);
}

type Row = Record<string, SQLOutputValue>;

/**
 * Makes many runs of the one that a store of the version before holds.
 *
 * @param isRunnable whether their rows say that there may be work, as a process without the code
 * may leave them
 */
export function multiplyRun(
  path: string,
  { shape, count, isRunnable }: { shape: Shape; count: number; isRunnable: boolean },
): void {
  const database = new DatabaseSync(path);
  const rowOf = (table: string): Row => {
    const rows = database.prepare(`SELECT * FROM ${table}`).all();
    if (rows.length !== 1 || rows[0] === undefined) {
      throw new Error(`There are ${rows.length} rows in ${table}`);
    }
    return rows[0];
  };
  if (shape === "Saving") loseLastEntry(database);
  if (isRunnable) database.exec("UPDATE runs SET runnable = 1");
  const run = rowOf("runs");
  const approval = rowOf("approvals");
  const lines = database.prepare("SELECT line FROM entries ORDER BY seq").all();
  const add = (table: string, row: Row): void => {
    const names = Object.keys(row);
    const places = names.map(() => "?").join(", ");
    const text = `INSERT INTO ${table} (${names.join(", ")}) VALUES (${places})`;
    database.prepare(text).run(...Object.values(row));
  };
  database.exec("BEGIN");
  for (let number = 1; number < count; number += 1) {
    const names: [SQLOutputValue | undefined, string][] = [
      [run["run_id"], `run_clone${number}`],
      [approval["approval_id"], `apr_clone${number}`],
    ];
    if (run["session_id"] !== null) names.push([run["session_id"], `s${number}`]);
    const renamed = (row: Row): Row =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          name,
          names.find(([from]) => from === value)?.[1] ?? value,
        ]),
      );
    add("runs", renamed(run));
    add("approvals", renamed(approval));
    let previous: string | undefined;
    for (const [seq, { line }] of lines.entries()) {
      previous = chained(rename(String(line), names), previous);
      add("entries", { run_id: `run_clone${number}`, seq, line: previous });
    }
  }
  database.exec("COMMIT");
  database.close();
}

function rename(line: string, names: readonly [SQLOutputValue | undefined, string][]): string {
  return names.reduce(
    (text, [from, to]) => text.replaceAll(JSON.stringify(from), JSON.stringify(to)),
    line,
  );
}

/** The line with the hash of the one before it. */
function chained(line: string, previous: string | undefined): string {
  if (previous === undefined) return line;
  const prev = createHash("sha256").update(previous).digest("base64url");
  return JSON.stringify({ ...(JSON.parse(line) as object), prev });
}

/** The process that saved the session died before it could say so. */
function loseLastEntry(database: DatabaseSync): void {
  const last = database.prepare("SELECT seq, line FROM entries ORDER BY seq DESC LIMIT 1").get();
  const { type } = JSON.parse(String(last?.["line"])) as { type: string };
  if (type !== "session_saved") throw new Error(`The last entry is ${type}`);
  database.prepare("DELETE FROM entries WHERE seq = ?").run(Number(last?.["seq"]));
  database.exec("UPDATE runs SET length = length - 1, status = 'running'");
  database.exec("DELETE FROM session_items");
  database.exec("DELETE FROM session_runs");
}
