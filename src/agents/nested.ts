import type { NestedOpening, Place } from "../engine/driver.ts";
import { DEFAULT_MAX_TURNS } from "../engine/vocabulary.ts";
import type { JsonValue } from "../lib/json.ts";
import { answerOf, attempt, isPending, type MaybePromise } from "../lib/pending.ts";
import type { AgentActivation, Own } from "./activation.ts";
import type { AgentToolLink, NestedRunResult } from "./agent-options.ts";
import { toolCallOf } from "./bound-tool.ts";
import type { Conversation, Frame } from "./conversation.ts";
import { UserError, toToolCallError } from "./errors.ts";
import { frameItems, toModelResponses } from "./face/run-view.ts";
import { finalText, responseText } from "./output-text.ts";
import { agentNamed } from "./graph.ts";
import type { AgentInputItem } from "./items.ts";
import { parseOutput } from "./schema/output-schema.ts";
import { nestedInput } from "./structured-input.ts";
import { callAsRun } from "./tool-arguments.ts";
import type { RunnableTool } from "./function-tool.ts";
import { toTurnLimit } from "./limits.ts";
import { frameContext } from "./frame-config.ts";

type AgentPlace = Place<Conversation, Own>;

/** What the run of an agent used as a tool begins with; an output where its input fails. */
export function openNestedRun(place: AgentPlace, value: unknown): MaybePromise<NestedOpening> {
  const { tool } = toolCallOf(place.activation, place.frame, place.call);
  const link = linkOf(place, tool);
  // `null` is a limit of its own: none.
  const { runOptions: { maxTurns: fallback = DEFAULT_MAX_TURNS } = {} } = link.options;
  const { maxTurns = fallback } = link.options;
  const limit = toTurnLimit(maxTurns);
  const opened = (input: string | AgentInputItem[]): NestedOpening => {
    const start = { input, maxTurns: limit } as unknown as JsonValue;
    return { start: { agent: link.agent.name, start } };
  };
  const failed = async (error: unknown): Promise<NestedOpening> => ({
    output: await errorOutput(place, tool, error),
  });
  const input = attempt(() => nestedInput(link.options, { value, schema: tool.parameters }));
  return isPending(input) ? input.then(opened, failed) : opened(input);
}

function linkOf({ call }: AgentPlace, tool: RunnableTool): AgentToolLink {
  if (tool.agentTool !== undefined) return tool.agentTool;
  throw new UserError(
    `Cannot go on with call ${call.item.callId}: "${tool.name}" was an agent when it was made, and is none now`,
  );
}

/** The output of the nested run that is over. */
export async function collectNestedRun(place: AgentPlace, nested: Frame): Promise<unknown> {
  const { tool } = toolCallOf(place.activation, place.frame, place.call);
  const link = linkOf(place, tool);
  try {
    return await nestedOutput(place.activation, link, nested);
  } catch (error) {
    return errorOutput(place, tool, error);
  }
}

/** What the agent above is told of a failure; thrown where its tool wants that. */
async function errorOutput(
  { activation, frame, call }: AgentPlace,
  { errorFunction }: RunnableTool,
  error: unknown,
): Promise<unknown> {
  if (errorFunction === null) throw toToolCallError(error);
  const context = frameContext(activation, frame);
  const told = errorFunction(context, error, { toolCall: callAsRun(call) });
  return answerOf(told, `The errorFunction of "${call.item.name}"`);
}

async function nestedOutput(
  activation: AgentActivation,
  link: AgentToolLink,
  nested: Frame,
): Promise<unknown> {
  if (nested.end?.type === "run_failed") throw new Error(nested.end.message);
  const text = finalText(nested) ?? "";
  const { customOutputExtractor } = link.options;
  if (customOutputExtractor === undefined) {
    const last = responseText(nested.data.turn?.items ?? []);
    return last.trim() === "" ? text : last;
  }
  const { graph } = activation.own.plan;
  const result: NestedRunResult = {
    finalOutput: parseOutput(agentNamed(graph, nested.data.agent).outputType, text),
    newItems: frameItems(activation.state, graph, nested),
    rawResponses: toModelResponses(nested),
    state: activation.own.toState(),
  };
  return answerOf(customOutputExtractor(result), "The customOutputExtractor");
}
