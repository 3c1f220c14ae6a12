import { describe, expect, it } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import type { Agent, FunctionTool, RunContext } from "../../src/index.ts";
import { differences, type DifferenceName } from "./differences.ts";
import type { Kit } from "./kit.ts";
import { original, ours, type Library } from "./libraries.ts";
import { play, printedIn, type Program } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

/** Shows a difference: a program, and what it prints on either library. */
function difference(
  name: DifferenceName,
  what: string,
  program: Program,
  prints: { original: string[]; ours: string[] },
): void {
  it(`${name}: ${what}`, async () => {
    expect(differences[name].reason).not.toBe("");
    expect(printedIn(await play(original, program))).toEqual(prints.original);
    expect(printedIn(await play(ours, program))).toEqual(prints.ours);
  });
}

/** A tool that is gated by this policy, and says when it runs. */
function gatedBy(lib: Library, kit: Kit, needsApproval: unknown): FunctionTool {
  return temperature(lib, kit, { needsApproval: needsApproval as () => Promise<boolean> });
}

function clerk(lib: Library, kit: Kit, tools: FunctionTool[], ...args: unknown[]): Agent {
  const calls = args.map((arg, n) => call("get_temperature", arg, `c${n + 1}`));
  return new lib.Agent({ name: "Clerk", tools, model: kit.model(calls, [message("Done.")]) });
}

/** Runs, and prints how it ended: what waits, the output, or what was thrown. */
async function tell(kit: Kit, go: () => Promise<RunOutcome>): Promise<RunOutcome | undefined> {
  try {
    const result = await go();
    const waits = result.interruptions.map(({ rawItem }) => rawItem.callId).join();
    kit.print(waits === "" ? `output ${String(result.finalOutput)}` : `waits for ${waits}`);
    return result;
  } catch (error) {
    kit.print(`throws ${(error as Error).constructor.name}`);
    return undefined;
  }
}

type RunOutcome = Awaited<ReturnType<Library["run"]>>;

const rome = { city: "Rome" };

describe("differences", () => {
  difference(
    "outputs_in_call_order",
    "an agent that stops on its first tool, after a free and a gated call",
    async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [search(lib, kit), temperature(lib, kit)],
        toolUseBehavior: "stop_on_first_tool",
        model: kit.model([
          call("search", { query: "a" }, "c1"),
          call("get_temperature", rome, "c2"),
        ]),
      });
      const result = await lib.run(agent, "Go.");
      result.state.approve(interruptionOf(result, "c2"));
      await tell(kit, () => lib.run(agent, result.state));
    },
    {
      original: ["searching a", "measuring Rome", "output 20C in Rome"],
      ours: ["searching a", "measuring Rome", "output found a"],
    },
  );

  difference(
    "gates_fail_closed",
    "a policy that throws",
    async (lib, kit) => {
      const tools = [gatedBy(lib, kit, () => Promise.reject(new Error("no answer")))];
      await tell(kit, () => lib.run(clerk(lib, kit, tools, rome), "Go."));
    },
    { original: ["throws ToolCallError"], ours: ["waits for c1"] },
  );

  difference(
    "gates_fail_closed",
    "a policy that answers nothing",
    async (lib, kit) => {
      const tools = [gatedBy(lib, kit, async () => undefined)];
      await tell(kit, () => lib.run(clerk(lib, kit, tools, rome), "Go."));
    },
    { original: ["measuring Rome", "output Done."], ours: ["waits for c1"] },
  );

  difference(
    "gates_fail_closed",
    "arguments that are no object",
    async (lib, kit) => {
      const tools = [
        gatedBy(lib, kit, async () => {
          kit.print("the policy is asked");
          return false;
        }),
      ];
      await tell(kit, () => lib.run(clerk(lib, kit, tools, "[]"), "Go."));
    },
    { original: ["the policy is asked", "output Done."], ours: ["waits for c1"] },
  );

  difference(
    "gates_fail_closed",
    "a policy that changes its mind while a person is asked",
    async (lib, kit) => {
      let answers = 0;
      const tools = [
        gatedBy(lib, kit, async () => {
          answers += 1;
          return answers === 1;
        }),
      ];
      const agent = clerk(lib, kit, tools, rome);
      const result = await lib.run(agent, "Go.");
      await tell(kit, () => lib.run(agent, result.state));
    },
    { original: ["measuring Rome", "output Done."], ours: ["waits for c1"] },
  );

  difference(
    "gates_fail_closed",
    "a policy that is no policy",
    async (lib, kit) => {
      await tell(kit, () => lib.run(clerk(lib, kit, [gatedBy(lib, kit, "always")], rome), "Go."));
    },
    { original: ["measuring Rome", "output Done."], ours: ["throws UserError"] },
  );

  difference(
    "gates_fail_closed",
    "a policy for a call that is decided, after a reload",
    async (lib, kit) => {
      const tools = [
        gatedBy(lib, kit, async () => {
          kit.print("the policy is asked");
          return true;
        }),
      ];
      const agent = clerk(lib, kit, tools, rome);
      const { state } = await lib.run(agent, "Go.");
      const loaded = await lib.RunState.fromString(agent, state.toString());
      for (const interruption of loaded.getInterruptions()) loaded.approve(interruption);
      await tell(kit, () => lib.run(agent, loaded));
    },
    {
      original: ["the policy is asked", "the policy is asked", "measuring Rome", "output Done."],
      ours: ["the policy is asked", "measuring Rome", "output Done."],
    },
  );

  difference(
    "one_meaning",
    "a second rejection without a text",
    async (lib, kit) => {
      const agent = clerk(lib, kit, [temperature(lib, kit)], rome);
      const { state } = await lib.run(agent, "Go.");
      const [item] = state.getInterruptions();
      state.reject(item!, { message: "not Rome" });
      state.reject(item!);
      const { newItems } = await lib.run(agent, state);
      for (const made of newItems) if ("output" in made) kit.print(made.output);
    },
    { original: ["not Rome"], ours: ["Tool execution was not approved."] },
  );

  difference(
    "one_meaning",
    "a decision on a call that does not wait",
    async (lib, kit) => {
      const agent = clerk(lib, kit, [temperature(lib, kit)], rome);
      const { state } = await lib.run(agent, "Go.");
      const [item] = state.getInterruptions();
      item!.rawItem.callId = "c9";
      try {
        state.approve(item!);
        kit.print("taken");
      } catch (error) {
        kit.print((error as Error).constructor.name);
      }
    },
    { original: ["taken"], ours: ["UserError"] },
  );

  difference(
    "one_meaning",
    "arguments that name one thing twice",
    async (lib, kit) => {
      const tools = [temperature(lib, kit, { needsApproval: false })];
      await tell(kit, () =>
        lib.run(clerk(lib, kit, tools, '{"city":"Rome","city":"Bonn"}'), "Go."),
      );
    },
    { original: ["measuring Bonn", "output Done."], ours: ["output Done."] },
  );

  difference(
    "one_meaning",
    "two agents of one name",
    async (lib, kit) => {
      const twin = (): Agent => new lib.Agent({ name: "Twin", model: kit.model([message("Hi.")]) });
      const agent = new lib.Agent({
        name: "Desk",
        handoffs: [
          lib.handoff(twin(), { toolNameOverride: "to_one" }),
          lib.handoff(twin(), { toolNameOverride: "to_other" }),
        ],
        model: kit.model([call("to_one", {}, "h1")]),
      });
      await tell(kit, () => lib.run(agent, "Go."));
    },
    { original: ["output Hi."], ours: ["throws UserError"] },
  );

  difference(
    "one_meaning",
    "equal call ids in two nested runs",
    async (lib, kit) => {
      const inner = new lib.Agent({
        name: "Inner",
        tools: [temperature(lib, kit)],
        model: kit.model(
          [call("get_temperature", { city: "Rome" }, "same")],
          [call("get_temperature", { city: "Bonn" }, "same")],
          [message("Done inside.")],
          [message("Done inside.")],
        ),
      });
      const agent = new lib.Agent({
        name: "Desk",
        tools: [inner.asTool({ toolName: "inner", toolDescription: "Inner." })],
        model: kit.model(
          [call("inner", { input: "a" }, "o1"), call("inner", { input: "b" }, "o2")],
          [message("Done.")],
        ),
      });
      const { state } = await lib.run(agent, "Go.");
      kit.print(
        state
          .getInterruptions()
          .map(({ rawItem }) => rawItem.callId)
          .join(),
      );
      await tell(kit, async () => {
        for (const item of state.getInterruptions()) state.approve(item);
        return lib.run(agent, state);
      });
    },
    {
      original: ["same,same", "throws ModelBehaviorError"],
      ours: ["same,same", "measuring Rome", "measuring Bonn", "output Done."],
    },
  );

  difference(
    "rejections_are_no_results",
    "an agent that stops on its first tool",
    async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        toolUseBehavior: "stop_on_first_tool",
        model: kit.model([call("get_temperature", rome, "c1")], [message("Then not.")]),
      });
      const result = await lib.run(agent, "Go.");
      result.state.reject(interruptionOf(result, "c1"));
      await tell(kit, () => lib.run(agent, result.state));
    },
    { original: ["output Tool execution was not approved."], ours: ["output Then not."] },
  );

  difference(
    "effects_at_most_once",
    "one text resumed twice",
    async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [temperature(lib, kit)],
        model: kit.model(
          [call("get_temperature", rome, "c1")],
          [message("Done.")],
          [message("Done twice.")],
        ),
      });
      const { state } = await lib.run(agent, "Go.");
      const text = state.toString();
      for (let times = 0; times < 2; times += 1) {
        await tell(kit, async () => {
          const loaded = await lib.RunState.fromString(agent, text);
          for (const interruption of loaded.getInterruptions()) loaded.approve(interruption);
          return lib.run(agent, loaded);
        });
      }
    },
    {
      original: ["measuring Rome", "output Done.", "measuring Rome", "output Done twice."],
      ours: ["measuring Rome", "output Done.", "throws ConflictError"],
    },
  );

  difference(
    "effects_at_most_once",
    "an approved call that failed",
    async (lib, kit) => {
      const pay = lib.tool({
        name: "pay",
        description: "Pays.",
        parameters: z.object({}),
        needsApproval: true,
        errorFunction: null,
        execute: () => {
          kit.print("paying");
          throw new Error("the line went dead");
        },
      });
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [pay],
        model: kit.model([call("pay", {}, "c1")], [message("Done.")]),
      });
      const result = await lib.run(agent, "Pay.");
      result.state.approve(interruptionOf(result, "c1"));
      const { state } = await kit.failure(() => lib.run(agent, result.state));
      await tell(kit, () => lib.run(agent, state!));
    },
    {
      original: ["paying", "paying", "throws ToolCallError"],
      ours: ["paying", "waits for c1"],
    },
  );

  difference(
    "effects_at_most_once",
    "an approved call of a run that is aborted before it goes on",
    async (lib, kit) => {
      const agent = clerk(lib, kit, [temperature(lib, kit)], rome);
      const result = await lib.run(agent, "Go.");
      result.state.approve(interruptionOf(result, "c1"));
      const signal = AbortSignal.abort();
      const { message: text } = await kit.failure(() => lib.run(agent, result.state, { signal }));
      kit.print(text);
      await tell(kit, () => lib.run(agent, result.state));
    },
    {
      original: ["This operation was aborted", "output Done."],
      ours: ["This operation was aborted", "measuring Rome", "output Done."],
    },
  );

  difference(
    "results_stay",
    "a result after its run has gone on",
    async (lib, kit) => {
      const agent = clerk(lib, kit, [temperature(lib, kit)], rome);
      const before = await lib.run(agent, "Go.");
      before.state.approve(interruptionOf(before, "c1"));
      await lib.run(agent, before.state);
      kit.print(before.interruptions.length, before.newItems.map(({ type }) => type).join());
    },
    {
      original: ["measuring Rome", "0 tool_call_item,tool_call_output_item,message_output_item"],
      ours: ["measuring Rome", "1 tool_call_item,tool_approval_item"],
    },
  );

  difference(
    "pauses_are_not_told",
    "an agent as a tool that waits inside",
    async (lib, kit) => {
      const inner = new lib.Agent({
        name: "Inner",
        tools: [temperature(lib, kit)],
        model: kit.model([call("get_temperature", rome, "i1")], [message("20C.")]),
      });
      const agent = new lib.Agent({
        name: "Desk",
        tools: [inner.asTool({ toolName: "inner", toolDescription: "Inner." })],
        model: kit.model([call("inner", { input: "Rome?" }, "o1")], [message("Done.")]),
      });
      agent.on("agent_tool_start", () => kit.print("begins"));
      agent.on("agent_tool_end", () => kit.print("ends"));
      const result = await lib.run(agent, "Go.");
      kit.print("paused");
      result.state.approve(interruptionOf(result, "i1"));
      await lib.run(agent, result.state);
    },
    {
      original: ["begins", "ends", "paused", "begins", "measuring Rome", "ends"],
      ours: ["begins", "paused", "measuring Rome", "ends"],
    },
  );

  difference(
    "resuming_goes_on",
    "usage, where the state is loaded with another context",
    async (lib, kit) => {
      const agent = clerk(lib, kit, [temperature(lib, kit)], rome);
      const { state } = await lib.run(agent, "Go.");
      const context: RunContext = new lib.RunContext({});
      const text = state.toString();
      const loaded = await lib.RunState.fromStringWithContext(agent, text, context);
      kit.print(loaded.usage.requests);
    },
    { original: ["0"], ours: ["1"] },
  );

  difference(
    "resuming_goes_on",
    "a context that is given on resume",
    async (lib, kit) => {
      const agent = clerk(lib, kit, [temperature(lib, kit)], rome);
      const { state } = await lib.run(agent, "Go.", { context: { user: "Ann" } });
      const result = await lib.run(agent, state, { context: { user: "Bob" } });
      kit.print(result.runContext.context);
    },
    { original: ["{ user: 'Ann' }"], ours: ["{ user: 'Bob' }"] },
  );

  difference(
    "resuming_goes_on",
    "a turn limit that is lowered on resume",
    async (lib, kit) => {
      const agent = clerk(lib, kit, [temperature(lib, kit)], rome);
      const { state } = await lib.run(agent, "Go.", { maxTurns: 5 });
      for (const interruption of state.getInterruptions()) state.approve(interruption);
      await tell(kit, () => lib.run(agent, state, { maxTurns: 1 }));
    },
    {
      original: ["measuring Rome", "throws MaxTurnsExceededError"],
      ours: ["measuring Rome", "output Done."],
    },
  );

  difference(
    "resuming_goes_on",
    "a text of a run that is over, after a pause",
    async (lib, kit) => {
      const agent = clerk(lib, kit, [temperature(lib, kit)], rome);
      const waiting = await lib.run(agent, "Go.");
      waiting.state.approve(interruptionOf(waiting, "c1"));
      const { state } = await lib.run(agent, waiting.state);
      const loaded = await lib.RunState.fromString(agent, state.toString());
      await tell(kit, () => lib.run(agent, loaded));
    },
    {
      original: ["measuring Rome", "throws UserError"],
      ours: ["measuring Rome", "output Done."],
    },
  );

  difference(
    "requests_as_given",
    "items of unknown kinds",
    async (lib, kit) => {
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [search(lib, kit)],
        model: kit.model(
          [
            { type: "unknown", id: "u_1", providerData: { type: "novel" } },
            call("search", { query: "a" }, "c1"),
          ],
          ({ input }) => {
            kit.print(typeof input === "string" ? input : input.map(({ type }) => type).join());
            return [message("Done.")];
          },
        ),
      });
      await tell(kit, () => lib.run(agent, "Go."));
    },
    {
      original: ["searching a", "message,function_call,function_call_result", "output Done."],
      ours: ["searching a", "message,unknown,function_call,function_call_result", "output Done."],
    },
  );

  it("are ten at most, each with its reason", () => {
    const reasons = Object.values(differences).map(({ reason }) => reason);
    expect(reasons.length).toBeLessThanOrEqual(10);
    expect(new Set(reasons).size).toBe(reasons.length);
  });
});
