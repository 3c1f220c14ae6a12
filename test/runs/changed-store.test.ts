import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterEach, describe, expect, it } from "vitest";

import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { createPayments } from "../support/payments.ts";
import { startPaused, waitFor, yes } from "../support/run-services.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const opened: RunService[] = [];
const closeAll = async (): Promise<void> => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
};
afterEach(closeAll);

/** A store in a file with a run that waits, and services on it. */
async function openPlace() {
  const directory = await tempDirectory();
  const path = join(directory, "runs.db");
  const log = { info: () => {}, warn: () => {} };
  const { agent, paid } = createPayments();
  const open = async (): Promise<RunService> => {
    const store = await openSqliteRunStore({ path, stateDirectory: join(directory, "state"), log });
    const registry = createAgentRegistry([{ agent, source: "test#A" }], {});
    const service = createRunService({ store, registry, log });
    opened.push(service);
    return service;
  };
  const service = await open();
  const { runId, approvalId } = await startPaused(service, 'pay {"amount": 1}');
  return {
    open,
    paid,
    service,
    runId,
    approvalId,
    /** What another program does to the text of some entries. */
    change(where: string) {
      const database = new DatabaseSync(path);
      database.exec(
        `DROP TRIGGER entries_guard;
        UPDATE entries SET line = replace(line, '{"', '{"x":1,"') WHERE ${where}`,
      );
      const changed = database.prepare("SELECT total_changes() AS count").get()?.["count"];
      database.close();
      expect(changed).not.toBe(0);
    },
  };
}

const END = "seq = (SELECT max(seq) FROM entries)";
const MIDDLE = "line LIKE '%\"model_responded\"%'";

describe("entries that another program changed in mid-run", () => {
  it("the last one, before the run is taken up: is named, nothing runs, and a person lets it go on", async () => {
    const { open, paid, change, runId, approvalId } = await openPlace();
    await closeAll();
    change(END);
    const after = await open();
    after.recover();
    await expect(after.decide(approvalId, yes())).rejects.toThrow(/not as it was written/);
    expect(paid).toEqual([]);
    expect((await after.audit(runId))[0]?.problem).toContain("is not as it was written");
    expect((await after.get(runId)).hold).toContain("was changed outside of holdpoint");
    await after.release(runId, { by: "ada", channel: "terminal", level: "person" });
    const { approvals } = await waitFor(after, runId, "awaiting_approval");
    expect(approvals[0]?.approvalId).not.toBe(approvalId);
    expect(paid).toEqual([]);
  });

  it("one in the middle, before the run is taken up: is named, nothing runs, and a person lets it go on", async () => {
    const { open, paid, change, runId, approvalId } = await openPlace();
    await closeAll();
    change(MIDDLE);
    const after = await open();
    after.recover();
    await expect(after.decide(approvalId, yes())).rejects.toThrow(/on hold/);
    expect((await after.get(runId)).hold).toContain("was changed outside of holdpoint");
    await closeAll();
    const later = await open();
    later.recover();
    await expect(later.decide(approvalId, yes())).rejects.toThrow(/on hold/);
    expect(paid).toEqual([]);
    await later.release(runId, { by: "ada", channel: "terminal", level: "person" });
    const { approvals } = await waitFor(later, runId, "awaiting_approval");
    expect(approvals[0]?.approvalId).not.toBe(approvalId);
    await later.decide(approvals[0]!.approvalId, yes());
    await waitFor(later, runId, "completed");
    expect(paid).toEqual([1]);
  });

  it("one in the middle, decided on by one that goes on with nothing: nothing runs elsewhere", async () => {
    const { open, paid, change, runId } = await openPlace();
    await closeAll();
    change(MIDDLE);
    const after = await open();
    await after.resume(runId);
    after.recover(runId);
    expect(paid).toEqual([]);
    expect((await after.audit(runId))[0]?.problem).toBeDefined();
  });

  it("the last one, while a process has the run open: nothing runs on the strength of it", async () => {
    const { service, paid, change, runId, approvalId } = await openPlace();
    change(END);
    await expect(service.decide(approvalId, yes())).rejects.toMatchObject({
      message: expect.stringMatching(/not as it was written|on hold/),
    });
    expect(paid).toEqual([]);
    expect((await service.audit(runId))[0]?.problem).toBeDefined();
  });

  it("one in the middle, while a process has the run open: what it knows runs, and audit names it", async () => {
    const { service, paid, change, runId, approvalId } = await openPlace();
    change(MIDDLE);
    await service.decide(approvalId, yes());
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([1]);
    expect((await service.audit(runId))[0]?.problem).toBeDefined();
  });
});
