import { previewsOf } from "../downstream/previews.ts";
import type { Activation, Bound, DriverStep, Planner, Target } from "../engine/driver.ts";
import type { Call } from "../engine/state.ts";
import type { ApproverLevel } from "../engine/vocabulary.ts";
import { bindQuestion, questionDigest } from "./bound-question.ts";
import { GATEWAY, isAnotherOwed, type GatewayData, type GatewayFrame } from "./folder.ts";
import type { Questions } from "./questions.ts";
import { bindServedTool, servedDigest, type Served, type CallSurroundings } from "./served-tool.ts";

/** What calls of the gateway are run with. */
export interface GatewayOwn extends CallSurroundings {
  /** The tool of a server as it stands now; `undefined` while its server does not offer it. */
  served(server: string, tool: string): Served | undefined;
  /** Waits until a server is up, or is known not to come up. */
  settle(server: string, signal: AbortSignal): Promise<void>;
  /** Why a server does not offer a tool now. */
  whyMissing(server: string, tool: string): string;
  /** The least level that decides on calls of a client. */
  levelOf(client: string): ApproverLevel;
  /** What servers ask a person through this process. */
  readonly questions: Pick<Questions, "find" | "calling" | "isAsking">;
}

type GatewayStep = DriverStep & { readonly type: "repeat" | "complete" | "orphan" };

/** Half two: one call a run, and once more for each like call that a person let run as well. */
export function bindGateway(own: GatewayOwn): Bound<GatewayData, GatewayStep, GatewayOwn> {
  return {
    own,
    prepare: async () => undefined,
    ...gatewayPlanner(own),
    perform,
    tool(activation, frame, call) {
      const { server, asks } = frame.data.start;
      const asking = asks && own.questions.find(asks.key);
      if (asks !== undefined && asking !== undefined) {
        return bindQuestion(asking, { server, asks, call, own });
      }
      const served = servedOf(own, frame);
      if (served === undefined) throw new Error(`No tool ${call.item.name}`);
      return bindServedTool(own, { activation, frame, call, served });
    },
    open: async () => {
      throw new Error("A call of the gateway is no run of its own");
    },
    collect: async () => undefined,
    leave: async () => undefined,
    beside: () => [],
    heard: () => undefined,
    words: {
      rejected: async () => "The user rejected this call. It was not run.",
      notFound: async ({ call }) => `There is no tool ${call.item.name}. Nothing was run.`,
      expired: ({ item }) => new Error(`Nobody decided on ${item.name} in time`),
      invalid: ({ item }) => new Error(`The arguments of ${item.name} cannot be used`),
      misuse: (message) => new Error(message),
    },
  };
}

/** What can be done with a run, by what servers offer now. */
export function gatewayPlanner(
  own: PlanningOwn,
): Pick<Bound<GatewayData, GatewayStep, GatewayOwn>, keyof Planner> {
  return {
    next(_run, frame) {
      if (isOrphan(own, frame)) {
        const steps = [{ type: "orphan", key: "orphan", frame, kind: "settle" }] as const;
        return { steps, calls: "hold" };
      }
      if (frame.open.size > 0) return { steps: [], calls: "go" };
      const type = isAnotherOwed(frame) ? "repeat" : "complete";
      return { steps: [{ type, key: type, frame, kind: "propose", after: "calls" }], calls: "go" };
    },
    rest: () => [],
    target: (frame, call) => targetOf(own, frame, call),
  };
}

type PlanningOwn = Pick<GatewayOwn, "served" | "whyMissing" | "levelOf"> & {
  readonly questions: Pick<Questions, "find">;
};

/** Whether nobody is there any more who would take the answer to a question. */
function isOrphan({ questions }: PlanningOwn, { data, open }: GatewayFrame): boolean {
  const { asks } = data.start;
  return asks !== undefined && open.size > 0 && questions.find(asks.key) === undefined;
}

function targetOf(own: PlanningOwn, frame: GatewayFrame, call: Call): Target {
  const { asks } = frame.data.start;
  if (asks !== undefined) return { type: "tool", digest: questionDigest(asks), binds: true };
  const served = servedOf(own, frame);
  if (served !== undefined) {
    const binds = previewsOf(served)?.binds;
    const digest = servedDigest(call.item.name, served);
    const first = frame.calls.get("1");
    if (first === undefined || first === call) return { type: "tool", digest, binds };
    // It is there since a person said so of the first one, and is looked at anew before it starts.
    return { type: "tool", digest, again: first.approval };
  }
  const { server, tool } = frame.data.start;
  return {
    type: "missing",
    reason: own.whyMissing(server, tool),
    level: () => own.levelOf(call.agent),
  };
}

function servedOf(own: Pick<GatewayOwn, "served">, { data }: GatewayFrame): Served | undefined {
  return own.served(data.start.server, data.start.tool);
}

async function perform(activation: Activation<GatewayOwn>, step: GatewayStep): Promise<void> {
  const { frame } = step;
  const [first] = frame.calls.values();
  if (first === undefined) return;
  if (step.type === "orphan") {
    const { server } = (frame as GatewayFrame).data.start;
    const reason = `server "${server}" no longer waits for an answer: the gateway that it asked through has ended`;
    await activation.append(frame.path, [
      { type: "run_cancelled", by: "holdpoint", channel: GATEWAY, level: "client", reason },
    ]);
    return;
  }
  if (step.type === "repeat") {
    const { name, arguments: text } = first.item;
    const callId = String(frame.calls.size + 1);
    await activation.append(frame.path, [
      { type: "call_proposed", callId, name, arguments: text, kind: "tool" },
    ]);
    return;
  }
  const outcomes = [...frame.calls.values()].map(({ finished }) => finished?.outcome ?? "dropped");
  const text = `${first.item.name}: ${outcomes.join(", ")}`;
  await activation.append(frame.path, [{ type: "run_completed", output: { from: "text", text } }]);
}
