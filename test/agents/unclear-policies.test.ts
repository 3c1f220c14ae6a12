import { describe, expect, it } from "vitest";
import { z } from "zod";

import { UserError } from "../../src/agents/errors.ts";
import { tool } from "../../src/agents/tool.ts";
import { call, message } from "../../src/models/scripted.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import { gatedBy, UNFIT, type Policy } from "../support/policies.ts";
import { approveAll, pauseThen, type Played } from "../support/scenario.ts";

const UNREADABLE = "The arguments could not be read, so the policy was not asked";
const MALFORMED =
  "An error occurred while parsing tool arguments. Please try again with valid JSON.";
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const done = message("Done.");

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

async function playUnreadable(text: string): Promise<Played> {
  return pauseThen({
    ...gatedBy(() => false),
    script: [[call("get_temperature", text, "c1")], [done]],
    decide: [approveAll],
  });
}

/** A person is asked, and when that one approves, the model is told. */
function asksThenTells(text: string, output: string) {
  const unreadable = call("get_temperature", text, "c1");
  return [
    {
      ...stopAsking(),
      interruptions: [asked("c1", "", { arguments: text, reason: UNREADABLE })],
    },
    {
      inputs: [[ask, unreadable, answered(unreadable, output)]],
      executions: [],
      interruptions: [],
      turn: 2,
      events: ["tool_output", ...messageEvents(1)],
    },
  ];
}

describe("arguments that a policy cannot be asked about", () => {
  const unreadableTexts: [string, string, string][] = [
    ["null", "null", UNFIT],
    ["a list", '["Oakland"]', UNFIT],
    ["NaN", '{"city": NaN}', MALFORMED],
    ["an unsafe integer", '{"city": 9007199254740993}', MALFORMED],
    ["a key given twice", '{"city": "Oakland", "city": "Paris"}', MALFORMED],
  ];

  it("T-23 malformed JSON: a person is asked, the policy is not", async () => {
    const text = '{"city": "Oakl';
    const played = await playUnreadable(text);
    expect(played.stops).toEqual(asksThenTells(text, MALFORMED));
    expect(played.notes).toEqual([]);
  });

  it.each(unreadableTexts)(
    "T-24 %s: a person is asked, the policy is not",
    async (_kind, text, output) => {
      const played = await playUnreadable(text);
      expect(played.stops).toEqual(asksThenTells(text, output));
      expect(played.notes).toEqual([]);
    },
  );

  it("T-25 a constant gate asks nobody about a call that cannot be read", async () => {
    const unreadable = call("get_temperature", '{"city": "Oakl', "c1");
    const played = await pauseThen({ script: [[unreadable], [done]] });
    expect(played.stops).toEqual([
      {
        inputs: [[ask], [ask, unreadable, answered(unreadable, MALFORMED)]],
        executions: [],
        interruptions: [],
        turn: 2,
        events: [...callEvents(1), "tool_output", ...messageEvents(1)],
      },
    ]);
  });
});

describe("a policy that does not answer true or false", () => {
  it.each([["yes"], [1], [0], [""], [undefined], [null], [{}]])(
    "T-26 asks when the policy answers %j",
    async (answer) => {
      const played = await pauseThen({
        ...gatedBy(() => answer as boolean),
        script: [[oakland], [done]],
        decide: [approveAll],
      });
      expect(played.stops).toEqual([
        stopAsking("The policy answered neither true nor false"),
        approvedStop,
      ]);
    },
  );

  it.each([[1], ["always"], ["false"], [null], [{}], [[]]])(
    "T-27 a tool whose needsApproval is %j is refused when it is declared",
    (needsApproval) => {
      const declare = (): unknown =>
        tool({
          name: "get_temperature",
          description: "Answers.",
          parameters: z.object({ city: z.string() }),
          needsApproval: needsApproval as unknown as boolean,
          execute: () => "20 C",
        });
      expect(declare).toThrow(UserError);
      expect(declare).toThrow(
        /^Cannot declare tool "get_temperature": needsApproval must be true, false or a function, not /,
      );
    },
  );

  it.each<[string, Policy]>([
    [
      "throws",
      () => {
        throw new Error("The directory is down");
      },
    ],
    ["rejects", () => Promise.reject(new Error("The directory is down"))],
  ])("T-28 asks, with the reason, when the policy %s", async (_how, policy) => {
    const played = await pauseThen({
      ...gatedBy(policy),
      script: [[oakland], [done]],
      decide: [approveAll],
    });
    expect(played.stops).toEqual([
      stopAsking("The policy failed: The directory is down"),
      approvedStop,
    ]);
    expect(played.notes).toEqual(["c1"]);
  });
});
