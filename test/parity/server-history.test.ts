import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Model } from "../../src/agents/model.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import type { Agent, RunResult, RunState } from "../../src/index.ts";
import { startOpenAiStandIn, type OpenAiStandIn } from "../support/openai-stand-in.ts";
import {
  bodiesOf,
  ourModel,
  sdkModel,
  startHistory,
  wireCall,
  wireMessage,
} from "../support/server-history.ts";
import { original, ours, type Library } from "./libraries.ts";

/** One pause after the other: which of the waiting calls are approved, the others stay. */
type Decisions = readonly (readonly string[])[];

interface Program {
  name: string;
  replies: JsonObject[][];
  decisions: Decisions;
}

const call = (id: string, tool: string): JsonObject => wireCall(id, tool, { city: "Rome" });
const done = [wireMessage("Done.")];

const programs: Program[] = [
  { name: "no call", replies: [done], decisions: [] },
  { name: "free calls only", replies: [[call("c1", "search")], done], decisions: [] },
  {
    name: "two approvals, one after the other",
    replies: [[call("c1", "gated")], [call("c2", "gated")], done],
    decisions: [["c1"], ["c2"]],
  },
  {
    name: "decisions in parts, with a free call",
    replies: [[call("c1", "gated"), call("c2", "search"), call("c3", "gated")], done],
    decisions: [["c1"], [], ["c3"]],
  },
  {
    name: "reasoning and a message beside the call",
    replies: [
      [
        { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "abc" },
        wireMessage("Looking."),
        call("c1", "gated"),
      ],
      done,
    ],
    decisions: [["c1"]],
  },
];

const cases = programs.flatMap((program) =>
  (["conversation", "response_chain"] as const).flatMap((kind) =>
    [false, true].flatMap((stream) =>
      [false, true].map((reloads) => ({ ...program, kind, stream, reloads })),
    ),
  ),
);

let standIn: OpenAiStandIn;

beforeEach(async () => {
  standIn = await startOpenAiStandIn();
});

afterEach(async () => {
  await standIn.close();
});

type Case = (typeof cases)[number];

/** Plays a program, and gives the bodies that the provider got. */
async function play(
  lib: Library,
  { model, program }: { model: Model; program: Case },
): Promise<{ bodies: JsonObject[]; output: unknown }> {
  const { kind, stream, reloads, replies, decisions } = program;
  standIn.history.forget();
  standIn.reply(...replies.map((output) => ({ output })));
  const options = startHistory(standIn, kind);
  const before = bodiesOf(standIn).length;
  const tools = [gated(lib, "gated", true), gated(lib, "search", false)];
  const agent = new lib.Agent({ name: "Clerk", instructions: "Be brief.", tools, model });
  const go = async (input: string | RunState): Promise<RunResult<unknown, Agent>> => {
    if (!stream) return lib.run(agent, input, options);
    const streamed = await lib.run(agent, input, { ...options, stream: true });
    await streamed.completed;
    return streamed;
  };
  let result = await go("How warm?");
  for (const approved of decisions) {
    const state = reloads
      ? await lib.RunState.fromString(agent, result.state.toString())
      : result.state;
    for (const item of state.getInterruptions()) {
      if (approved.includes(item.rawItem.callId)) state.approve(item);
    }
    result = await go(state);
  }
  return { bodies: bodiesOf(standIn).slice(before), output: result.finalOutput };
}

function gated(lib: Library, name: string, needsApproval: boolean): ReturnType<Library["tool"]> {
  const city = { type: "string" };
  return lib.tool({
    name,
    description: `Does ${name}.`,
    parameters: {
      type: "object",
      properties: { city },
      required: ["city"],
      additionalProperties: false,
    } as never,
    needsApproval,
    execute: async () => `${name} done`,
  });
}

/** Response ids count on from run to run; outputs go in call order here. */
function comparable(bodies: JsonObject[]): unknown {
  const firstId = /"resp_(\d+)"/.exec(JSON.stringify(bodies))?.[1];
  const text = JSON.stringify(bodies).replaceAll(/"resp_(\d+)"/g, (_, id: string) =>
    JSON.stringify(`response ${Number(id) - Number(firstId)} later`),
  );
  return (JSON.parse(text) as JsonObject[]).map((body) => {
    const { input, conversation: _id, ...rest } = body;
    return { ...rest, input: inCallOrder(input), isOfConversation: _id !== undefined };
  });
}

function inCallOrder(input: unknown): unknown {
  if (!Array.isArray(input)) return input;
  const key = (item: JsonObject): string => JSON.stringify(item["call_id"] ?? "");
  const items = input as JsonObject[];
  return items.every(({ type }) => type === "function_call_output")
    ? items.toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
    : items;
}

describe("what a provider that keeps the history is sent", () => {
  it.each(cases)(
    "is the same: $name ($kind, streamed: $stream, reloaded: $reloads)",
    async (program) => {
      const theirs = await play(original, { model: sdkModel(standIn), program });
      const our = await play(ours, { model: ourModel(standIn), program });
      expect(our).toMatchObject({ output: "Done." });
      expect(theirs).toMatchObject({ output: "Done." });
      expect(our.bodies).toHaveLength(program.replies.length);
      expect(comparable(our.bodies)).toEqual(comparable(theirs.bodies));
    },
  );
});
