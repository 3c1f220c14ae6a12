import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it, vi } from "vitest";

import { startNotices } from "../../src/cli/notify.ts";
import { createPayments } from "../support/payments.ts";
import { no, recorderOf, startPaused, useSite, waitUntil } from "../support/run-services.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const openSite = useSite("sqlite");
const tempDirectory = useTempDirectory();

it("tells whoever stated an outcome that the body had been at it all the same", async () => {
  const site = await openSite();
  const first = await site.open([createPayments().agent]);
  const { runId, approvalId } = await startPaused(first, 'pay {"amount": 5}');
  await first.close();
  // A process approves, begins, and is heard of no more.
  const store = await site.connect();
  const overtaken = await recorderOf(store, runId);
  const callId = overtaken.journal.state.approvals.get(approvalId)?.callId ?? "";
  const epoch = overtaken.journal.state.epoch + 1;
  await overtaken.append([
    {
      type: "approval_decided",
      approvalId,
      decision: "approved",
      by: "tester",
      channel: "terminal",
      scope: "once",
    },
    { type: "run_claimed", format: 2, owner: "own_gone", epoch },
    { type: "tool_started", callId, attempt: 1 },
  ]);
  const service = await site.open([createPayments().agent]);
  service.recover();
  const { approvals } = await waitUntil(service, runId, "awaiting_approval");
  const told = join(await tempDirectory(), "told.jsonl");
  const warned: string[] = [];
  const log = {
    info: () => undefined,
    warn: (text: string) => void warned.push(text),
  };
  const looks = vi.spyOn(service, "pending");
  const end = startNotices(service, `cat >> '${told}'`, log);
  const events = async () =>
    (await readFile(told, "utf8").catch(() => ""))
      .split("\n")
      .filter((line) => line !== "")
      .map((line): { event: string; late?: string } => JSON.parse(line));
  const [doubt] = approvals;
  // Only what was seen waiting is told of when it no longer does.
  await vi.waitUntil(() => looks.mock.settledResults.length > 0);
  await service.decide(doubt!.approvalId, no({ message: "It was not made." }));
  await waitUntil(service, runId, "completed");
  await vi.waitUntil(async () => (await events()).some(({ event }) => event === "decided"), 10_000);
  await overtaken.append(
    [{ type: "tool_finished", callId, attempt: 1, outcome: "ran", output: "Paid." }],
    () => false,
  );
  await vi.waitUntil(async () => (await events()).some(({ event }) => event === "late"), 10_000);
  expect(await events()).toContainEqual(
    expect.objectContaining({ event: "late", late: "was stated as not done; it was done" }),
  );
  expect(warned.join()).toContain("was stated as not done; it was done");
  const [audit] = await service.audit(runId);
  expect(audit).toMatchObject({ note: expect.stringContaining("it was done") });
  expect(audit).not.toHaveProperty("problem");
  expect((await service.get(runId)).steps.join()).toContain("it was done");
  end();
});
