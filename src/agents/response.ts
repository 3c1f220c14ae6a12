import type { CallKind } from "../engine/vocabulary.ts";
import { isJsonObject } from "../lib/json.ts";
import type { AnyAgent } from "./agent.ts";
import type { Frame } from "./conversation.ts";
import { ModelBehaviorError } from "./errors.ts";
import { targetIn, type AgentGraph } from "./graph.ts";
import { isFunctionCall } from "./items.ts";
import type { ModelResponse, ResponseStreamEvent } from "./model.ts";

/**
 * A response that a run can go on with: models are written by others, and what is once in a journal
 * stays there.
 *
 * @throws ModelBehaviorError naming the first fault, and nothing of the content
 */
export function checkResponse(response: ModelResponse | undefined): ModelResponse {
  if (!isJsonObject(response)) throw invalid("it is no object");
  const { output } = response;
  if (!Array.isArray(output)) throw invalid("it has no list of output items");
  const items: readonly unknown[] = output;
  items.forEach((item, index) => {
    if (!isJsonObject(item)) throw invalid(`output item ${index} is no object`);
    if (item["type"] !== "function_call") return;
    for (const field of ["callId", "name", "arguments"]) {
      if (typeof item[field] === "string") continue;
      throw invalid(`output item ${index} is a function call without ${field}`);
    }
  });
  return { ...response, usage: response.usage ?? {} };
}

function invalid(problem: string): ModelBehaviorError {
  return new ModelBehaviorError(`The model's response cannot be used: ${problem}`);
}

/** The answer that a stream ends with; each event is told. */
export async function readStream(
  events: AsyncIterable<ResponseStreamEvent>,
  tell: (event: ResponseStreamEvent) => void,
): Promise<ModelResponse> {
  let done: ModelResponse | undefined;
  for await (const event of events) {
    tell(event);
    if (event.type !== "response_done") continue;
    const { id, ...response } = event.response;
    done = { ...response, responseId: id };
  }
  if (done === undefined) throw new Error("The model's stream ended before its response was done");
  return done;
}

/** Who was asked, and where. */
export interface Asked {
  graph: AgentGraph;
  frame: Frame;
  agent: AnyAgent;
}

/** A response hands off once: the first handoff call counts. */
export function ignoredHandoffs(asked: Asked, { output }: ModelResponse): string[] {
  const calls = output.filter((item) => isFunctionCall(item));
  const handoffs = calls.filter((call) => kindOfCall(asked, call.name) === "handoff");
  const [first, ...others] = handoffs.map(({ callId }) => callId);
  return others.filter((callId) => callId !== first);
}

/** What its calls are, but for those of tools, which most are. */
export function kindsOf(asked: Asked, { output }: ModelResponse): Record<string, CallKind> {
  const kinds: Record<string, CallKind> = {};
  for (const item of output) {
    if (!isFunctionCall(item)) continue;
    const kind = kindOfCall(asked, item.name);
    if (kind !== "tool") kinds[item.callId] = kind;
  }
  return kinds;
}

function kindOfCall({ graph, frame, agent }: Asked, name: string): CallKind {
  const target = targetIn(graph, frame, { agent, name });
  if (target?.type !== "tool") return target === undefined ? "unknown" : kindOfTarget(target.type);
  return target.tool.agentTool === undefined ? "tool" : "agent";
}

function kindOfTarget(type: "handoff" | "missing"): CallKind {
  return type === "handoff" ? "handoff" : "tool";
}
