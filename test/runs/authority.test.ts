import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent, type AnyAgent } from "../../src/agents/agent.ts";
import { ToolOutcomeUnknownError } from "../../src/agents/errors.ts";
import { tool } from "../../src/agents/tool.ts";
import {
  approvalKinds,
  approverLevels,
  reaches,
  strictest,
  type ApprovalKind,
  type ApproverLevel,
} from "../../src/engine/vocabulary.ts";
import type { RunId } from "../../src/lib/ids.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import type { ApprovalReport } from "../../src/runs/run-report.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import {
  recorderOf,
  useSite,
  waitFor,
  waitUntil,
  yes,
  type Site,
} from "../support/run-services.ts";

const channels: Record<ApproverLevel, readonly string[]> = {
  client: ["mcp", "terminal"],
  confirm: ["elicitation"],
  person: ["terminal", "inbox"],
};

const rows = approvalKinds.flatMap((kind) =>
  approverLevels.flatMap((level) =>
    channels[level].flatMap((channel) =>
      approverLevels.flatMap((before) =>
        approverLevels.flatMap((after) =>
          [true, false].flatMap((hasRules) =>
            (["approved", "rejected"] as const).map((decision) => ({
              ...{ kind, level, channel, before, after, hasRules, decision },
            })),
          ),
        ),
      ),
    ),
  ),
);

/** Something that waits for a decision of this kind, and what is done when it goes on. */
interface Waiting {
  agent: AnyAgent;
  /** What was done by going on. */
  readonly done: string[];
  start(service: RunService, site: Site): Promise<RunId>;
}

function waitingFor(kind: ApprovalKind): Waiting {
  const done: string[] = [];
  const pay = tool({
    name: "pay",
    description: "Pays.",
    parameters: z.object({}),
    needsApproval: kind === "tool_call",
    errorFunction: null,
    execute() {
      done.push("paid");
      if (kind === "outcome_unknown" && done.length === 1) {
        throw new ToolOutcomeUnknownError("The connection was lost");
      }
      return "Paid";
    },
  });
  const model = createScriptedModel([[call("pay", {}, "c1")], [message("Done.")]]);
  const agent = new Agent({ name: "A", model, tools: [pay] });
  const start = async (service: RunService, site: Site): Promise<RunId> => {
    const maxTurns = kind === "budget" ? 1 : 10;
    const runId = await service.start({ input: "x", source: sourceOf(kind), maxTurns });
    if (kind === "model_outcome_unknown") await loseAnAnswer(await site.connect(), runId);
    return runId;
  };
  return { agent, done, start };
}

/** A run whose model call is in doubt is begun by a process that is gone. */
function sourceOf(kind: ApprovalKind): string | undefined {
  return kind === "model_outcome_unknown" ? "test#A" : undefined;
}

async function loseAnAnswer(
  store: Awaited<ReturnType<Site["connect"]>>,
  runId: RunId,
): Promise<void> {
  const recorder = await recorderOf(store, runId);
  const claimed = { type: "run_claimed", format: 2, owner: "gone", epoch: 1 } as const;
  await recorder.append([claimed]);
  await recorder.append([{ type: "model_requested", from: 0 }]);
}

const openSite = useSite("memory");

/** A request that waits under the rules of before, and a desk under those of now. */
async function pause({
  kind,
  before,
  after,
  hasRules,
}: {
  kind: ApprovalKind;
  before: ApproverLevel;
  after: ApproverLevel;
  hasRules: boolean;
}) {
  const site = await openSite();
  const waiting = waitingFor(kind);
  const open = (agents: readonly AnyAgent[], level: ApproverLevel): Promise<RunService> =>
    site.open(agents, { config: { approver: level, runApprover: level, askAtMaxTurns: true } });
  const isLost = kind === "model_outcome_unknown";
  const begun = await open(isLost ? [] : [waiting.agent], before);
  const runId = await waiting.start(begun, site);
  const first = isLost ? await open([waiting.agent], before) : begun;
  first.recover();
  const { approvals } = await waitUntil(first, runId, "awaiting_approval");
  await Promise.all([...new Set([begun, first])].map((each) => each.close()));
  const desk = await open(hasRules ? [waiting.agent] : [], after);
  const [asked] = approvals;
  if (asked === undefined) throw new Error("Nothing was asked");
  const asksBefore = waiting.done.length;
  const goOn = async (): Promise<RunService> => {
    const starter = await open([waiting.agent], after);
    starter.recover();
    return starter;
  };
  return { runId, asked, desk, goOn, done: () => waiting.done.slice(asksBefore) };
}

describe("authority comes from the rules of now", () => {
  it.each(rows)(
    "$kind, asked at $before, ruled $after (desk has the rules: $hasRules), $decision at $level by $channel",
    async (row) => {
      const { kind, level, channel, before, after, hasRules, decision } = row;
      const { runId, asked, desk, goOn, done } = await pause(row);
      expect(asked).toMatchObject({ kind, approver: before });
      // A no loosens nothing, but where it states what came of a call.
      const isFree = decision === "rejected" && kind !== "outcome_unknown";
      const atDesk = strictest([before, hasRules ? after : undefined]);
      const shown = await desk.approval(asked.approvalId);
      expect(shown.approver).toBe(atDesk);
      const said = await desk.decide(
        asked.approvalId,
        yes({ decision, level, channel, by: "ada", typed: shown.presentation.typed.text }),
      );
      if (!isFree && !reaches(level, atDesk)) {
        expect(said).toEqual({ type: "needs_stronger_approval", needed: atDesk });
        expect(await desk.pending({ limit: 9 })).toMatchObject({ count: 1 });
        expect(done()).toEqual([]);
        return;
      }
      expect(said).toMatchObject({ type: "decided", decision });
      const starter = await goOn();
      if (!isFree && !reaches(level, after)) {
        const again = await askedAnew(starter, runId, asked);
        expect(again).toMatchObject({
          kind,
          approver: after,
          reason: expect.stringContaining(`${decision} by ada at level ${level}; the rules want`),
        });
        const [kept] = await starter.decided(runId);
        expect(kept?.decision?.text).toMatch(/by ada through .* and void/);
        expect(done()).toEqual([]);
        const typed = again.presentation.typed.text;
        await starter.decide(again.approvalId, yes({ decision: "approved", typed }));
        await waitFor(starter, runId, "completed");
        return;
      }
      await ended(starter, runId);
      const isDone = decision === "approved" && kind !== "budget";
      expect(done()).toEqual(isDone ? ["paid"] : []);
    },
  );

  it("a loosened rule changes nothing that waits", async () => {
    const row = { kind: "tool_call", before: "person", after: "client", hasRules: true } as const;
    const { asked, desk } = await pause(row);
    expect(await desk.decide(asked.approvalId, yes({ level: "client" }))).toEqual({
      type: "needs_stronger_approval",
      needed: "person",
    });
  });
});

async function askedAnew(
  service: RunService,
  runId: RunId,
  before: ApprovalReport,
): Promise<ApprovalReport> {
  const { approvals } = await waitUntil(service, runId, "awaiting_approval");
  expect(approvals).toHaveLength(1);
  const [again] = approvals;
  expect(again?.approvalId).not.toBe(before.approvalId);
  if (again === undefined) throw new Error("Nothing was asked anew");
  return again;
}

/** Until a run is over, or failed. */
async function ended(service: RunService, runId: RunId): Promise<void> {
  const { status } = await service.wait(runId, { timeoutMs: 15_000 });
  expect(["completed", "failed"]).toContain(status);
}
