import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Agent } from "../../src/agents/agent.ts";
import { run } from "../../src/agents/face/run.ts";
import { tool } from "../../src/agents/tool.ts";
import { canonicalJson, type JsonValue } from "../../src/lib/json.ts";
import { createScriptedModel, message } from "../../src/models/scripted.ts";
import { changeText, fuzzOptions, fuzzTimeout, textChanges } from "../support/fuzz.ts";

const written = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc
    .dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }))
    .map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.constant('{"a":1,"b":{"c":[1,2.5,"x"]},"d":"é"}'), textChanges)
    .map(([text, changes]) => changeText(text, changes)),
  fc.constantFrom(
    '{"a":1,"a":2}',
    '{"a":9007199254740993}',
    '{"a":-0}',
    '{"__proto__":{"x":1}}',
    "",
    "{",
  ),
);

describe("any arguments of a call", fuzzTimeout, () => {
  // Nothing runs that was not shown: what the body gets is what the approval says, letter for letter
  // in canonical form, and what cannot be read in one way alone is told to the model and never runs.
  it("run as they were shown, or do not run", async () => {
    await fc.assert(
      fc.asyncProperty(written, async (text) => {
        const got: unknown[] = [];
        const act = tool({
          name: "act",
          description: "Acts.",
          parameters: { type: "object", properties: {}, required: [], additionalProperties: true },
          strict: false,
          needsApproval: true,
          execute: (value: unknown) => {
            got.push(value);
            return "done";
          },
        });
        const asked = { type: "function_call", callId: "c1", name: "act", arguments: text };
        const model = createScriptedModel([[asked as never], [message("done")]]);
        const agent = new Agent({ name: "A", model, tools: [act] });
        const first = await run(agent, "go");
        const [approval] = first.interruptions;
        if (approval === undefined) {
          expect(got).toEqual([]);
          return;
        }
        const shown = JSON.parse(approval.arguments ?? "") as JsonValue;
        first.state.approve(approval);
        await run(agent, first.state);
        expect(got.map((each) => canonicalJson(each as JsonValue))).toEqual([canonicalJson(shown)]);
        expect(canonicalJson(JSON.parse(text) as JsonValue)).toBe(canonicalJson(shown));
      }),
      fuzzOptions(150),
    );
  });
});
