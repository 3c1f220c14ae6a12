import { describe, expect, it } from "vitest";

import { call, message } from "../../src/models/scripted.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import { gatedBy, idle } from "../support/policies.ts";
import { approveAll, decideNothing, pauseThen } from "../support/scenario.ts";

const REJECTED = "Tool execution was not approved.";
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const rome = call("get_temperature", { city: "Rome" }, "c3");
const done = message("Done.");
const paused = [...callEvents(1), "tool_approval_requested"];
const resumed = ["tool_output", ...messageEvents(1)];

/** The stop after a response whose one call is asked about. */
function stopAsking(reason?: string) {
  return {
    inputs: [[ask]],
    executions: [],
    interruptions: [asked("c1", "Oakland", reason === undefined ? {} : { reason })],
    turn: 1,
    events: [...callEvents(1), "tool_approval_requested"],
  };
}

const approvedStop = {
  inputs: [[ask, oakland, answered(oakland, "Oakland: 20 C")]],
  executions: [ran("c1")],
  interruptions: [],
  turn: 2,
  events: ["tool_output", ...messageEvents(1)],
};

describe("what a policy decides", () => {
  it("T-21 pauses only the calls that the policy is true for", async () => {
    const played = await pauseThen({
      ...gatedBy((_stage, { args }) => (args as { city: string }).city === "Oakland"),
      script: [[paris, oakland], [done]],
      decide: [approveAll],
    });
    expect(played.stops).toEqual([
      {
        inputs: [[ask]],
        executions: [ran("c2", "Paris")],
        interruptions: [asked("c1")],
        turn: 1,
        events: [...callEvents(2), "tool_output", "tool_approval_requested"],
      },
      {
        ...approvedStop,
        inputs: [
          [ask, paris, oakland, answered(paris, "Paris: 20 C"), answered(oakland, "Oakland: 20 C")],
        ],
      },
    ]);
    expect(played.notes).toEqual(["c2", "c1"]);
  });

  it("T-22 is asked with the run's context, the parsed arguments and the call id", async () => {
    const prepare = call("prepare", { city: "Paris" }, "p1");
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({
          tools: [
            stage.cityTool("prepare", {
              execute: ({ city }, context) => {
                Object.assign(context?.context ?? {}, { prepared: city });
                return "Prepared.";
              },
            }),
            stage.getTemperature({
              needsApproval: async (context, args, callId) => {
                await Promise.resolve();
                stage.notes.push(structuredClone(context.context), args, callId);
                return true;
              },
            }),
          ],
        }),
      script: [[prepare], [oakland]],
      options: () => ({ context: { user: "ann" } }),
    });
    expect(played.stops).toEqual([
      {
        inputs: [[ask], [ask, prepare, answered(prepare, "Prepared.")]],
        executions: [ran("p1", "Paris", "prepare")],
        interruptions: [asked("c1")],
        turn: 2,
        events: [...callEvents(1), "tool_output", ...paused],
      },
    ]);
    expect(played.notes).toEqual([{ user: "ann", prepared: "Paris" }, { city: "Oakland" }, "c1"]);
  });

  it("T-29 is not asked about a call that is decided", async () => {
    const played = await pauseThen({
      ...gatedBy(() => true),
      script: [[oakland], [done]],
      decide: [decideNothing, approveAll],
    });
    expect(played.stops).toEqual([
      stopAsking(),
      { ...stopAsking(), inputs: [], events: [] },
      approvedStop,
    ]);
    expect(played.notes).toEqual(["c1"]);
  });

  it("T-30 is not asked about a call that a sticky rejection covers", async () => {
    const played = await pauseThen({
      ...gatedBy(() => true),
      script: [[oakland], [paris], [done]],
      decide: [(state, [item]) => state.reject(item!, { alwaysReject: true })],
    });
    const second = [ask, oakland, answered(oakland, REJECTED)];
    expect(played.stops).toEqual([
      stopAsking(),
      {
        inputs: [second, [...second, paris, answered(paris, REJECTED)]],
        executions: [],
        interruptions: [],
        turn: 3,
        events: ["tool_output", ...callEvents(1), ...resumed],
      },
    ]);
    expect(played.notes).toEqual(["c1"]);
  });

  it("T-31 does not lift a sticky rejection by answering false", async () => {
    const played = await pauseThen({
      ...gatedBy((_stage, { callId }) => callId === "c1"),
      script: [[oakland], [paris], [done]],
      decide: [(state, [item]) => state.reject(item!, { alwaysReject: true, message: "No." })],
    });
    const second = [ask, oakland, answered(oakland, "No.")];
    expect(played.stops[1]).toMatchObject({
      inputs: [second, [...second, paris, answered(paris, "No.")]],
      executions: [],
    });
  });

  it("T-32 does not free a call that was asked about by changing its mind", async () => {
    const played = await pauseThen({
      ...gatedBy((stage) => stage.notes.length === 1),
      script: [[oakland], [done]],
      decide: [decideNothing, approveAll],
    });
    expect(played.stops).toEqual([
      stopAsking(),
      { ...stopAsking(), inputs: [], events: [] },
      approvedStop,
    ]);
  });

  it("T-35 does not stand in the way of an approved call when it was dropped meanwhile", async () => {
    const played = await pauseThen({
      ...gatedBy(() => true),
      redeployed: (stage) =>
        stage.agent({ tools: [stage.getTemperature({ needsApproval: false })] }),
      script: [[oakland], [done]],
      decide: [approveAll],
    });
    expect(played.stops).toEqual([stopAsking(), approvedStop]);
  });

  it("T-35 nor frees a call that is not decided yet", async () => {
    const played = await pauseThen({
      ...gatedBy(() => true),
      redeployed: (stage) =>
        stage.agent({ tools: [stage.getTemperature({ needsApproval: false })] }),
      script: [[oakland], [done]],
      decide: [decideNothing, approveAll],
    });
    expect(played.stops).toEqual([
      stopAsking(),
      { ...stopAsking(), inputs: [], events: [] },
      approvedStop,
    ]);
  });
});

describe("decisions that come while a policy is thinking", () => {
  const first = { name: "get_temperature", rawItem: oakland };

  it("T-33 go before its answer", async () => {
    const played = await pauseThen({
      ...gatedBy(async (_stage, { context, callId }) => {
        if (callId !== "c2") return true;
        await idle();
        // By now the first call waits: somebody approves it, and with it all others.
        context.approveTool(first, { alwaysApprove: true });
        return true;
      }),
      script: [[oakland, paris], [done]],
    });
    const calls = [oakland, paris];
    expect(played.stops).toEqual([
      {
        inputs: [
          [ask],
          [ask, ...calls, answered(oakland, "Oakland: 20 C"), answered(paris, "Paris: 20 C")],
        ],
        executions: [ran("c1"), ran("c2", "Paris")],
        interruptions: [],
        turn: 2,
        events: [
          ...callEvents(2),
          "tool_approval_requested",
          "tool_output",
          "tool_output",
          ...messageEvents(1),
        ],
      },
    ]);
  });

  it("T-33 and go before an answer that would have freed the call", async () => {
    const played = await pauseThen({
      ...gatedBy(async (_stage, { context, callId }) => {
        if (callId !== "c2") return true;
        await idle();
        context.rejectTool(first, { alwaysReject: true });
        return false;
      }),
      script: [[oakland, paris], [done]],
    });
    expect(played.stops).toMatchObject([
      {
        inputs: [
          [ask],
          [ask, oakland, paris, answered(oakland, REJECTED), answered(paris, REJECTED)],
        ],
        executions: [],
        interruptions: [],
      },
    ]);
  });

  it("T-34 are refused when they are about another call than the one that waits", async () => {
    const changed = { ...oakland, arguments: JSON.stringify({ city: "Rome" }) };
    const played = await pauseThen({
      ...gatedBy(async (stage, { context, callId }) => {
        if (callId !== "c3") return true;
        await idle();
        try {
          context.approveTool({ ...first, rawItem: changed });
        } catch (error) {
          stage.notes.push(String(error));
        }
        return true;
      }),
      script: [[oakland, rome]],
    });
    expect(played.stops).toEqual([
      {
        inputs: [[ask]],
        executions: [],
        interruptions: [asked("c1"), asked("c3", "Rome")],
        turn: 1,
        events: [...callEvents(2), "tool_approval_requested", "tool_approval_requested"],
      },
    ]);
    expect(played.notes).toEqual([
      "c1",
      "c3",
      "ModelBehaviorError: Cannot decide on call c1: the item was changed. To change arguments, approve with { arguments }",
    ]);
  });
});
