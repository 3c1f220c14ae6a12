import { describe, expect, it } from "vitest";

import { UserError } from "../../src/agents/errors.ts";
import { call, message } from "../../src/models/scripted.ts";
import type { RunState } from "../../src/agents/face/run-state.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import { pauseThen, type Decide, type Stage } from "../support/scenario.ts";

const REJECTED = "Tool execution was not approved.";
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const rome = call("get_temperature", { city: "Rome" }, "c3");
const done = message("Done.");

/** The stop after a response with one gated call. */
const firstStop = {
  inputs: [[ask]],
  executions: [],
  interruptions: [asked("c1")],
  turn: 1,
  events: [...callEvents(1), "tool_approval_requested"],
};

/** Notes what the run's context says of a call. */
function noteApproval(stage: Stage, state: RunState, callId: string): void {
  stage.notes.push(state.context.isToolApproved({ toolName: "get_temperature", callId }));
}

describe("sticky decisions", () => {
  it("T-09 approved always, the tool does not pause again", async () => {
    const played = await pauseThen({
      script: [[oakland], [paris, rome], [done]],
      decide: [(state, [item]) => state.approve(item!, { alwaysApprove: true })],
    });
    const second = [ask, oakland, answered(oakland, "Oakland: 20 C")];
    const third = [
      ...second,
      paris,
      rome,
      answered(paris, "Paris: 20 C"),
      answered(rome, "Rome: 20 C"),
    ];
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [second, third],
        executions: [ran("c1"), ran("c2", "Paris"), ran("c3", "Rome")],
        interruptions: [],
        turn: 3,
        events: [
          "tool_output",
          ...callEvents(2),
          "tool_output",
          "tool_output",
          ...messageEvents(1),
        ],
      },
    ]);
  });

  it("T-09 approved always, calls of the tool that wait already go on too", async () => {
    const played = await pauseThen({
      script: [[oakland, paris], [done]],
      decide: [(state, [first]) => state.approve(first!, { alwaysApprove: true })],
    });
    expect(played.stops[1]).toMatchObject({
      executions: [ran("c1"), ran("c2", "Paris")],
      interruptions: [],
    });
  });

  it("T-10 rejected always, later calls get the same text and never run", async () => {
    const played = await pauseThen({
      script: [[oakland], [paris], [done]],
      decide: [(state, [item]) => state.reject(item!, { alwaysReject: true, message: "No." })],
    });
    const second = [ask, oakland, answered(oakland, "No.")];
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [second, [...second, paris, answered(paris, "No.")]],
        executions: [],
        interruptions: [],
        turn: 3,
        events: ["tool_output", ...callEvents(1), "tool_output", ...messageEvents(1)],
      },
    ]);
  });

  it.each<[string, Decide]>([
    [
      "after it",
      (state, [first, second]) => {
        state.reject(first!, { alwaysReject: true });
        state.approve(second!);
      },
    ],
    [
      "before it",
      (state, [first, second]) => {
        state.approve(second!);
        state.reject(first!, { alwaysReject: true });
      },
    ],
  ])("T-11 an exact approval goes before a sticky rejection, made %s", async (_when, decide) => {
    const played = await pauseThen({
      script: [[oakland, paris], [rome], [done]],
      decide: [decide],
    });
    const second = [
      ask,
      oakland,
      paris,
      answered(oakland, REJECTED),
      answered(paris, "Paris: 20 C"),
    ];
    expect(played.stops[1]).toMatchObject({
      inputs: [second, [...second, rome, answered(rome, REJECTED)]],
      executions: [ran("c2", "Paris")],
      interruptions: [],
    });
  });

  it("T-12 an exact rejection goes before a sticky approval, for that call alone", async () => {
    const played = await pauseThen({
      script: [[oakland, paris], [rome], [done]],
      decide: [
        (state, [first, second]) => {
          state.approve(first!, { alwaysApprove: true });
          state.reject(second!);
        },
      ],
    });
    const second = [
      ask,
      oakland,
      paris,
      answered(oakland, "Oakland: 20 C"),
      answered(paris, REJECTED),
    ];
    expect(played.stops[1]).toMatchObject({
      inputs: [second, [...second, rome, answered(rome, "Rome: 20 C")]],
      executions: [ran("c1"), ran("c3", "Rome")],
      interruptions: [],
    });
  });
});

describe("deciding more than once", () => {
  it("T-13 approved and then rejected is rejected", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      decide: [
        (state, [item]) => {
          state.approve(item!);
          state.reject(item!);
        },
      ],
    });
    expect(played.stops[1]).toMatchObject({
      inputs: [[ask, oakland, answered(oakland, REJECTED)]],
      executions: [],
    });
  });

  it("T-13 rejected and then approved runs", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      decide: [
        (state, [item]) => {
          state.reject(item!, { message: "No." });
          state.approve(item!);
        },
      ],
    });
    expect(played.stops[1]).toMatchObject({
      inputs: [[ask, oakland, answered(oakland, "Oakland: 20 C")]],
      executions: [ran("c1")],
    });
  });

  it("T-14 approved twice is stored once", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      decide: [
        (state, [item], stage) => {
          state.approve(item!);
          state.approve(item!);
          stage.notes.push(state.toString().split("approval_decided").length - 1);
        },
      ],
    });
    expect(played.notes).toEqual([1]);
    expect(played.stops[1]?.executions).toEqual([ran("c1")]);
  });

  it("T-15 rejected with a text and then without gets the default text", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      decide: [
        (state, [item]) => {
          state.reject(item!, { message: "Because." });
          state.reject(item!);
        },
      ],
    });
    expect(played.stops[1]?.inputs).toEqual([[ask, oakland, answered(oakland, REJECTED)]]);
  });
});

describe("deciding what is not pending", () => {
  const strangers = [
    { name: "get_temperature", rawItem: { callId: "c9" } },
    { name: "get_temperature", rawItem: { callId: "c1" }, approvalId: "apr_unknown" },
    { name: "delete_everything", rawItem: { callId: "c1" } },
  ];

  it("T-16 an unknown call cannot be decided, and nothing is stored", async () => {
    const played = await pauseThen({
      script: [[oakland], [message("unused")]],
      decide: [
        (state) => {
          const before = state.toString();
          for (const stranger of strangers) {
            expect(() => state.approve(stranger)).toThrow(UserError);
            expect(() => state.reject(stranger, { alwaysReject: true })).toThrow(UserError);
          }
          expect(state.toString()).toBe(before);
        },
      ],
    });
    expect(played.stops).toEqual([firstStop, { ...firstStop, inputs: [], events: [] }]);
  });

  it("T-16 a call that went on cannot be decided any more", async () => {
    const played = await pauseThen({
      script: [[oakland], [paris], [done]],
      decide: [
        (state, [item], stage) => {
          stage.notes.push(item);
          state.approve(item!);
        },
        (state, [item], stage) => {
          const [old] = stage.notes.splice(0) as (typeof item)[];
          expect(() => state.reject(old!)).toThrow("the run has gone on with it already");
          state.approve(item!);
        },
      ],
    });
    expect(played.stops.map(({ executions }) => executions)).toEqual([
      [],
      [ran("c1")],
      [ran("c2", "Paris")],
    ]);
  });
});

describe("the run's context", () => {
  it("T-18 tells whether a call was decided, exactly or always", async () => {
    const played = await pauseThen({
      script: [[oakland, paris, rome]],
      decide: [
        (state, [first, second, third], stage) => {
          noteApproval(stage, state, "c1");
          state.approve(first!);
          noteApproval(stage, state, "c1");
          state.reject(second!, { message: "No." });
          noteApproval(stage, state, "c2");
          stage.notes.push(state.context.getRejectionMessage("get_temperature", "c2"));
          noteApproval(stage, state, "c3");
          state.reject(third!, { alwaysReject: true });
          noteApproval(stage, state, "c3");
          noteApproval(stage, state, "c4");
        },
      ],
      resumeOptions: () => ({ maxTurns: 1 }),
    });
    expect(played.notes).toEqual([undefined, true, false, "No.", undefined, false, false]);
  });

  it("T-19 decides like the state itself", async () => {
    const played = await pauseThen({
      script: [[oakland, paris], [rome], [done]],
      decide: [
        (state, [first, second]) => {
          state.context.approveTool(first!);
          state.context.rejectTool(second!, { message: "No.", alwaysReject: true });
        },
      ],
    });
    const second = [
      ask,
      oakland,
      paris,
      answered(oakland, "Oakland: 20 C"),
      answered(paris, "No."),
    ];
    expect(played.stops[1]).toMatchObject({
      inputs: [second, [...second, rome, answered(rome, "No.")]],
      executions: [ran("c1")],
    });
  });
});
