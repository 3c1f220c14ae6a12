import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterEach, describe, expect, it } from "vitest";

import { allFolders } from "../../src/app/all-folders.ts";
import { openingOf } from "../../src/gateway/opening.ts";
import { createRunId, type RunId } from "../../src/lib/ids.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { createPayments } from "../support/payments.ts";
import { startPaused, waitFor } from "../support/run-services.ts";
import { begun, finished } from "../support/sample-entries.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const opened: RunService[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

/** A store with a run that is over, one that waits, and a call of the gateway that has not begun. */
async function openPlace() {
  const directory = await tempDirectory();
  const path = join(directory, "runs.db");
  const log = { info: () => {}, warn: () => {} };
  const store = await openSqliteRunStore({ path, stateDirectory: join(directory, "state"), log });
  const registry = createAgentRegistry([{ agent: createPayments().agent, source: "test#A" }], {});
  const service = createRunService({ store, registry, log, folders: allFolders });
  opened.push(service);
  const over = await service.start({ input: "Hello" });
  await waitFor(service, over, "completed");
  const { runId: waits, approvalId } = await startPaused(service, 'pay {"amount": 500}');
  const called = createRunId();
  const start = { server: "bank", tool: "pay", key: "wish" };
  const of = { principal: "host", client: "host 1", source: "gateway:/x" };
  const drafts = openingOf({ runId: called, start, ...of }, { name: "pay", args: { amount: 1 } });
  await service.begin({ runId: called, drafts, intent: { key: "wish", place: 0 } });
  return {
    service,
    ids: { over, waits, called, approval: approvalId } as Record<string, string>,
    change(sql: string): void {
      const database = new DatabaseSync(path);
      database.exec(sql);
      const changed = database.prepare("SELECT total_changes() AS count").get()?.["count"];
      database.close();
      expect(changed).not.toBe(0);
    },
  };
}

type Name = "over" | "waits" | "called";

describe("what a store keeps beside its journals", () => {
  it("is as the journals say where nobody changed it", async () => {
    const { service } = await openPlace();
    const { store, runs } = await service.auditWhole({});
    expect(store.problem).toBeUndefined();
    expect(runs).toHaveLength(3);
    expect(runs.filter((each) => "problem" in each || "note" in each)).toEqual([]);
  });

  it("is in order where what came of a call was delivered before its end was written", async () => {
    const { service, ids, change } = await openPlace();
    const called = ids["called"] as RunId;
    await service.say(called, [begun("1"), finished("1")]);
    change("UPDATE intents SET is_current = 0");
    const { runs } = await service.auditWhole({ only: called });
    expect(runs).toEqual([{ runId: called, entries: 4 }]);
  });

  const changes: [what: string, sql: string, run: Name, found: string][] = [
    [
      "the status of a run",
      "UPDATE runs SET status = 'completed' WHERE run_id = $waits",
      "waits",
      "another status",
    ],
    [
      "whether a run is over",
      "UPDATE runs SET is_over = 1 WHERE run_id = $waits",
      "waits",
      "another isOver",
    ],
    [
      "whether a run can go on",
      "UPDATE runs SET runnable = 2 WHERE run_id = $over",
      "over",
      "another runnable",
    ],
    [
      "whose code goes on with a run",
      "UPDATE runs SET source = 'test#B' WHERE run_id = $waits",
      "waits",
      "another source",
    ],
    [
      "the agent of a run",
      "UPDATE runs SET agent = 'Other' WHERE run_id = $over",
      "over",
      "another agent",
    ],
    [
      "the session of a run",
      "UPDATE runs SET session_id = 'other' WHERE run_id = $over",
      "over",
      "another sessionId",
    ],
    [
      "when a run was over",
      "UPDATE runs SET updated_at = '2020-01-01T00:00:00.000Z' WHERE run_id = $over",
      "over",
      "another updatedAt",
    ],
    [
      "the length of a run",
      "UPDATE runs SET length = 1 WHERE run_id = $waits",
      "waits",
      "another length",
    ],
    [
      "an approval that is closed",
      "UPDATE approvals SET is_open = 0 WHERE approval_id = $approval",
      "waits",
      "waits, and is not listed",
    ],
    ["an approval that is taken out", "DELETE FROM approvals", "waits", "waits, and is not listed"],
    [
      "an approval that is made up",
      "INSERT INTO approvals (approval_id, run_id, created_at, is_open) VALUES ('apr_made_up', $waits, '2020-01-01T00:00:00.000Z', 1)",
      "waits",
      "apr_made_up is listed, and does not wait",
    ],
    [
      "the deadline of an approval",
      "UPDATE approvals SET expires_at = '2999-01-01T00:00:00.000Z'",
      "waits",
      "other times",
    ],
    [
      "what lists show of an amount",
      `UPDATE approvals SET card = replace(card, '500', '5')`,
      "waits",
      "it is not what would run",
    ],
    [
      "what lists show of who must decide",
      `UPDATE approvals SET card = json_set(card, '$.approver', 'person')`,
      "waits",
      "it is not what would run",
    ],
    [
      "what lists show, made unreadable",
      "UPDATE approvals SET card = '{'",
      "waits",
      "it is not what would run",
    ],
    [
      "what tells a repetition of a call",
      "DELETE FROM intents",
      "called",
      "a repetition of its call was taken out",
    ],
    [
      "what tells a repetition of a call, closed",
      "UPDATE intents SET is_current = 0",
      "called",
      "a repetition of its call was taken out",
    ],
    [
      "what tells a repetition of a call, of another wish",
      "UPDATE intents SET key = 'other'",
      "called",
      "a repetition of its call was taken out",
    ],
  ];
  it.each(changes)(
    "is found by an audit when it was changed: %s",
    async (_what, sql, run, found) => {
      const { service, ids, change } = await openPlace();
      change(
        sql
          .replaceAll(/\$(\w+)/g, (_all, name: string) =>
            name in ids ? `'${ids[name]}'` : `$${name}`,
          )
          .replaceAll("'$'", "$"),
      );
      const reports = await service.audit();
      expect(reports.filter(({ problem }) => problem !== undefined)).toEqual([
        expect.objectContaining({ runId: ids[run], problem: expect.stringContaining(found) }),
      ]);
    },
  );

  it("is told of as a note where only the words differ, which may be another version's", async () => {
    const { service, ids, change } = await openPlace();
    change("UPDATE approvals SET card = json_set(card, '$.presentation.headline', 'Other words')");
    expect(await service.audit(ids["waits"] as never)).toEqual([
      expect.objectContaining({
        note: expect.stringContaining("in other words than this version"),
      }),
    ]);
  });
});
