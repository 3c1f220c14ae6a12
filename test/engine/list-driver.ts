import { failFrame } from "../../src/engine/activation.ts";
import type { Activation, Bound, DriverStep, Target } from "../../src/engine/driver.ts";
import type { Call, Run } from "../../src/engine/state.ts";
import { createApprovalId } from "../../src/lib/ids.ts";
import { isJsonObject, type JsonValue } from "../../src/lib/json.ts";
import {
  holdOf,
  listFolder,
  SWITCH,
  type Hold,
  type ListData,
  type ListFrame,
} from "./list-folder.ts";
import { bindListTool, type ListTool } from "./list-tool.ts";

/** What the list can do now, besides settling calls. */
export type ListStep = DriverStep & { readonly frame: ListFrame } & (
    | { readonly type: "propose" | "ask" | "complete" | "tell" }
    | { readonly type: "switch"; readonly call: Call }
    | { readonly type: "fail"; readonly message: string }
  );

/** What the performers of the list work with. */
export interface ListOwn {
  /** The tools of each agent, by name. */
  readonly tools: Readonly<Record<string, readonly ListTool[]>>;
  /** Waited for before a batch is proposed. */
  readonly beforeProposing?: (frame: ListFrame) => Promise<void>;
  /** Who is told of answers. */
  readonly tell?: (count: number) => Promise<void>;
  /** Every entry once it is stored. */
  readonly heard?: (type: string) => void;
}

/** Half two: plans and performs, with tools that are plain objects. */
export function bindList(own: ListOwn): Bound<ListData, ListStep, ListOwn> {
  return {
    own,
    prepare: async () => undefined,
    next: (_run, frame) => nextOf(frame),
    rest: restOf,
    leave: async () => undefined,
    target: (_frame, call) => targetOf(own, call),
    perform,
    tool: (_activation, _frame, call) => bindListTool(toolOf(own, call)),
    async open({ call }, value) {
      const { nested } = toolOf(own, call);
      if (nested === undefined) throw new Error(`No list for ${call.item.name}`);
      return { start: nested(value as JsonValue) };
    },
    async collect(_place, { end, calls }) {
      if (end?.type !== "run_completed") throw new Error("The list inside came to no end");
      return outputsOf(calls);
    },
    beside: () => [],
    heard: (_run, { type }) => own.heard?.(type),
    words: {
      rejected: async ({ call }) => `Nobody wanted ${call.item.callId} to run.`,
      notFound: async ({ call }) => `There is no ${call.item.name}.`,
      expired: ({ item }) => new Error(`Nobody decided on ${item.callId} in time`),
      invalid: ({ item }) => new Error(`The arguments of ${item.callId} cannot be used`),
      misuse: (message) => new Error(message),
    },
  };
}

function nextOf(frame: ListFrame): { steps: ListStep[]; calls: "go" | "hold" } {
  const { data, key, open } = frame;
  const own = { frame, kind: "propose", after: "calls" } as const;
  const hold = holdOf(frame);
  if (hold !== undefined) return { steps: holdSteps(frame, hold), calls: "hold" };
  if (open.size === 0) {
    const type = data.proposed < data.batches.length ? "propose" : "complete";
    return { steps: [{ ...own, type, key: `${type} ${key}` }], calls: "go" };
  }
  // Whoever asks changes last.
  const [call] = open;
  const isOnlySwitch = [...open].every(({ kind }) => kind === "handoff");
  if (call === undefined || !isOnlySwitch) return { steps: [], calls: "go" };
  return { steps: [{ ...own, type: "switch", key: `switch ${key}`, call }], calls: "go" };
}

function holdSteps(frame: ListFrame, { approval }: Hold): ListStep[] {
  const own = { frame, kind: "propose" } as const;
  if (approval === undefined) return [{ ...own, type: "ask", key: `ask ${frame.key}` }];
  if (approval.decision === undefined) return [];
  const message = "The batch was not agreed to";
  return [{ ...own, type: "fail", key: `fail ${frame.key}`, message }];
}

function restOf(run: Run): ListStep[] {
  const frame = run.frames.get("") as ListFrame | undefined;
  if (frame === undefined || !listFolder.owes(frame, run)) return [];
  return [{ type: "tell", key: "tell", frame, kind: "settle" }];
}

function targetOf(own: ListOwn, call: Call): Target {
  if (call.item.name === SWITCH) return { type: "own" };
  const tool = own.tools[call.agent]?.find(({ name }) => name === call.item.name);
  if (tool === undefined) return { type: "unknown" };
  const { digest = "1" } = tool;
  return { type: tool.nested === undefined ? "tool" : "nested", digest };
}

function toolOf(own: ListOwn, { agent, item }: Call): ListTool {
  const tool = own.tools[agent]?.find(({ name }) => name === item.name);
  if (tool === undefined) throw new Error(`No tool ${item.name}`);
  return tool;
}

async function perform(activation: Activation<ListOwn>, step: ListStep): Promise<void> {
  const { frame } = step;
  const { path, data } = frame;
  switch (step.type) {
    case "propose":
      return propose(activation, frame);
    case "ask":
      await activation.append(path, [askFor(data.asker)]);
      return;
    case "switch": {
      const said = JSON.parse(step.call.item.arguments) as JsonValue;
      const to = isJsonObject(said) ? String(said["agent"]) : "";
      const { callId } = step.call.item;
      await activation.append(path, [{ type: "asker_changed", callId, to }]);
      return;
    }
    case "complete":
      await activation.append(path, [{ type: "run_completed", output: outputsOf(frame.calls) }]);
      return;
    case "fail":
      return failFrame(activation, frame, { error: new Error(step.message) });
    case "tell": {
      const upTo = data.answered;
      await activation.own.tell?.(upTo - data.told);
      await activation.append(path, [{ type: "list_told", upTo }]);
      return;
    }
  }
}

async function propose(activation: Activation<ListOwn>, frame: ListFrame): Promise<void> {
  const { path, data } = frame;
  try {
    await activation.own.beforeProposing?.(frame);
  } catch (error) {
    const problem = error instanceof Error ? error : new Error(String(error));
    await activation.append(path, [{ type: "list_stopped", message: problem.message }]);
    activation.report(problem);
    return;
  }
  const calls = (data.batches[data.proposed]?.calls ?? []).map((call) => ({
    ...call,
    arguments: JSON.stringify(call.arguments),
  }));
  await activation.append(path, [{ type: "batch_proposed", calls }]);
}

function askFor(agent: string): { type: "approval_requested"; [field: string]: unknown } {
  const approvalId = createApprovalId();
  return { type: "approval_requested", approvalId, kind: "budget", agent, approver: "client" };
}

/** What each call came to, by its id, in the order of the list. */
export function outputsOf(calls: ReadonlyMap<string, Call>): { [callId: string]: JsonValue } {
  return Object.fromEntries(
    [...calls.values()].map(({ item, finished }): [string, JsonValue] => [
      item.callId,
      (finished?.output ?? null) as JsonValue,
    ]),
  );
}
