import { beforeAll, describe, expect, it } from "vitest";

import { describeApproval } from "../../src/cli/describe.ts";
import type { RunId } from "../../src/lib/ids.ts";
import type { ApprovalReport } from "../../src/runs/run-report.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import { bad, before, benchTools, changedTools, good } from "../support/facts-bench.ts";
import { otherBad, otherBefore, otherTools } from "../support/other-bad-holds.ts";
import { thirdBad, thirdBefore, thirdGood, thirdTools } from "../support/third-bad-holds.ts";
import {
  fourthBad,
  fourthBefore,
  fourthGood,
  fourthTools,
  grownTools,
} from "../support/fourth-bad-holds.ts";
import { createHoldAgent, type HoldPlay } from "../support/holds.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService } from "../../src/runs/run-service.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { waitFor, yes } from "../support/run-services.ts";

const COLUMNS = 80;
const LINES = 12;

const past = [...before, ...otherBefore, ...thirdBefore, ...fourthBefore];
const waiting = [
  ...[...good, ...bad, ...otherBad],
  ...[...thirdBad, ...thirdGood, ...fourthBad, ...fourthGood],
];
const shown = new Map<string, ApprovalReport>();

async function pause(service: RunService, { task }: HoldPlay): Promise<[RunId, ApprovalReport]> {
  const runId = await service.start({ input: task });
  const { approvals } = await waitFor(service, runId, "awaiting_approval");
  const [approval] = approvals;
  if (approval === undefined) throw new Error(`Nothing waits for: ${task}`);
  return [runId, approval];
}

/** The first lines of what a terminal of 80 columns shows. */
function screenOf(approval: ApprovalReport): string {
  const lines = describeApproval(approval).split("\n");
  expect(lines.filter((line) => line.length > COLUMNS)).toEqual([]);
  return lines.slice(0, LINES).join("\n").replaceAll(/\s+/g, " ");
}

function rawScreenOf(approval: ApprovalReport): string {
  const lines = JSON.stringify(JSON.parse(approval.arguments), undefined, 2).split("\n");
  return [approval.tool ?? "", ...lines].slice(0, LINES).join("\n").replaceAll(/\s+/g, " ");
}

beforeAll(async () => {
  const store = createMemoryRunStore();
  const open = (tools: typeof benchTools): RunService => {
    const plays = [...past, ...waiting];
    const agent = createHoldAgent({ plays, tools: [...tools, ...otherTools, ...thirdTools] });
    const registry = createAgentRegistry([{ agent, source: "test#Clerk" }], {});
    return createRunService({ store, registry, log: { info: () => {}, warn: () => {} } });
  };
  const first = open([...benchTools, ...fourthTools]);
  for (const play of past) {
    const [runId, { approvalId }] = await pause(first, play);
    await first.decide(approvalId, yes());
    await waitFor(first, runId, "completed");
  }
  const later = open([...changedTools(), ...grownTools()]);
  for (const play of waiting) {
    shown.set(play.task, (await pause(later, play))[1]);
  }
}, 120_000);

describe("of forty approvals", () => {
  it.each(bad)(
    "the one with $what says so in the first lines of a terminal",
    ({ task, telling }) => {
      const approval = shown.get(task) as ApprovalReport;
      expect(screenOf(approval)).toMatch(telling);
      expect(approval.presentation.facts[0]?.text).toMatch(telling);
      // What the arguments alone say, as they stand.
      expect(rawScreenOf(approval)).not.toMatch(telling);
    },
  );

  it.each(otherBad)(
    "of other tools, the one with $what says so in the first lines of a terminal",
    ({ task, telling }) => {
      expect(screenOf(shown.get(task) as ApprovalReport)).toMatch(telling);
    },
  );

  it.each(thirdBad)(
    "of a bank and others, the one with $what says so in the first lines of a terminal",
    ({ task, telling }) => {
      const approval = shown.get(task) as ApprovalReport;
      expect(screenOf(approval)).toMatch(telling);
      expect(rawScreenOf(approval)).not.toMatch(telling);
    },
  );

  it.each(fourthBad)(
    "of a cloud, a shop and others, the one with $what says so in the first lines of a terminal",
    ({ task, telling }) => {
      const approval = shown.get(task) as ApprovalReport;
      expect(screenOf(approval)).toMatch(telling);
      expect(rawScreenOf(approval)).not.toMatch(telling);
    },
  );

  it.each([...thirdGood, ...fourthGood])(
    "and has no warning where it is as it should be: $task",
    ({ task }) => {
      const { facts } = (shown.get(task) as ApprovalReport).presentation;
      expect(facts.filter(({ weight }) => weight !== "plain").map((each) => each.text)).toEqual([]);
    },
  );

  it("no good one is told to be dangerous", () => {
    const high = good.flatMap(({ task }) => {
      const { presentation } = shown.get(task) as ApprovalReport;
      return presentation.tier === "high" ? [presentation] : [];
    });
    expect(high).toEqual([]);
  });

  it("a good one has no warning that a bad one has", () => {
    const warned = good.flatMap(({ task }) => {
      const { facts } = (shown.get(task) as ApprovalReport).presentation;
      return facts.filter(({ weight }) => weight !== "plain").map(({ text }) => text);
    });
    expect(warned).toEqual([]);
  });

  it("like calls are of one group but for what is odd, and those of a high risk of none", () => {
    const groupOf = ({ task }: HoldPlay) => shown.get(task)?.presentation.group;
    const mails = good.filter(({ tool }) => tool === "send_email").map((each) => groupOf(each));
    expect(new Set(mails).size).toBe(1);
    const ofPay = [...fourthGood, ...fourthBad].filter(({ tool }) => tool === "set_salary");
    expect(ofPay.map(groupOf)[0]).toMatch(/^normal \[/);
    expect(ofPay.map(groupOf)[1]).toMatch(/^normal unusual amount \[/);
    const [lookAlike] = bad;
    expect(lookAlike && groupOf(lookAlike)).toBeUndefined();
  });
});
