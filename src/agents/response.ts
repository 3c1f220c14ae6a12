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
interface Asked {
  graph: AgentGraph;
  frame: Frame;
  agent: AnyAgent;
}

/**
 * What a response's calls are, but for those of tools, which most are; and the handoffs that are
 * ignored: it hands off once, by the first.
 */
export function callsIn(
  asked: Asked,
  { output }: ModelResponse,
): { kinds: Record<string, CallKind>; ignored: string[] } {
  const kinds: Record<string, CallKind> = {};
  const handoffs: string[] = [];
  for (const item of output) {
    if (!isFunctionCall(item)) continue;
    const kind = kindOfCall(asked, item.name);
    if (kind !== "tool") kinds[item.callId] = kind;
    if (kind === "handoff") handoffs.push(item.callId);
  }
  return { kinds, ignored: handoffs.filter((callId) => callId !== handoffs[0]) };
}

function kindOfCall({ graph, frame, agent }: Asked, name: string): CallKind {
  const target = targetIn(graph, frame, { agent, name });
  switch (target?.type) {
    case "tool":
      return target.tool.agentTool === undefined ? "tool" : "agent";
    case "handoff":
      return "handoff";
    case "missing":
      return "tool";
    case undefined:
      return "unknown";
  }
}
