import type { AgentToolLink, NestedRunResult } from "./agent.ts";
import { UserError } from "./errors.ts";
import type { AgentInputItem } from "./items.ts";
import { isJsonObject } from "../lib/json.ts";
import { FORMAT_VERSION } from "./entries.ts";
import { frameKey, type Frame } from "./conversation.ts";
import type { Activation } from "./activation.ts";
import { argumentsToRun, callAsRun, editOf } from "./call-arguments.ts";
import { editNote, recordOutput } from "./execute-tool.ts";
import { frameContext } from "./context.ts";
import {
  agentNamed,
  finalText,
  frameItems,
  responseText,
  toModelResponses,
} from "./face/run-view.ts";
import type { CallSite } from "./settle-call.ts";
import { toTurnLimit } from "./turn-limit.ts";
import { tellToolStart } from "./tell-hooks.ts";
import { toToolCallError } from "./tool-call-error.ts";
import { parseOutput } from "./schema/output-schema.ts";

const DEFAULT_MAX_TURNS = 10;

/** Starts the run of an agent used as a tool; from then on it goes on by itself. */
export async function startNestedRun(
  activation: Activation,
  site: CallSite,
  { link, value }: { link: AgentToolLink; value: unknown },
): Promise<void> {
  const { frame, call } = site;
  // `null` is a limit of its own: none.
  const { runOptions: { maxTurns: fallback = DEFAULT_MAX_TURNS } = {} } = link.options;
  const { maxTurns = fallback } = link.options;
  let input: string | AgentInputItem[];
  try {
    input = await nestedInput(link, value);
  } catch (error) {
    const output = await errorOutput(activation, site, error);
    tellToolStart(activation, site);
    return recordOutput(activation, site, { output, end: { answer: "collected" } });
  }
  await activation.append(
    [...frame.path, call.item.callId],
    [
      {
        type: "run_started",
        format: FORMAT_VERSION,
        runId: activation.state.runId ?? "",
        agent: link.agent.name,
        driver: activation.state.driver,
        source: activation.state.source,
        input,
        maxTurns: toTurnLimit(maxTurns),
      },
    ],
    () => site.isStillNext(),
  );
  tellToolStart(activation, site);
}

async function nestedInput(
  { options }: AgentToolLink,
  value: unknown,
): Promise<string | AgentInputItem[]> {
  if (options.inputBuilder !== undefined) return options.inputBuilder({ params: value });
  const text = isJsonObject(value) ? value["input"] : undefined;
  return typeof text === "string" && options.parameters === undefined
    ? text
    : JSON.stringify(value);
}

/** Makes the output of the call from the nested run that is over. */
export async function collectNestedRun(activation: Activation, site: CallSite): Promise<void> {
  const { frame, call, tool } = site;
  const link = tool.agentTool;
  const nested = activation.state.frames.get(frameKey([...frame.path, call.item.callId]));
  if (nested === undefined) return;
  if (link === undefined) {
    throw new UserError(
      `Cannot go on with call ${call.item.callId}: "${tool.name}" was an agent when it was made, and is none now`,
    );
  }
  let output: unknown;
  try {
    output = await nestedOutput(activation, link, nested);
  } catch (error) {
    output = await errorOutput(activation, site, error);
  }
  const { shown } = argumentsToRun(tool, call);
  const note = editOf(call) === undefined ? undefined : editNote(shown);
  await recordOutput(activation, site, { output, end: { answer: "collected" }, note });
}

/** What the agent above is told of a failure; thrown where its tool wants that. */
async function errorOutput(
  activation: Activation,
  { frame, call, tool }: CallSite,
  error: unknown,
): Promise<unknown> {
  if (tool.errorFunction === null) throw toToolCallError(error);
  const context = frameContext(activation, frame);
  return tool.errorFunction(context, error, { toolCall: callAsRun(call) });
}

async function nestedOutput(
  activation: Activation,
  link: AgentToolLink,
  nested: Frame,
): Promise<unknown> {
  if (nested.end?.type === "run_failed") throw new Error(nested.end.message);
  const text = finalText(nested) ?? "";
  const { customOutputExtractor } = link.options;
  if (customOutputExtractor === undefined) {
    const last = responseText(nested.turn?.items ?? []);
    return last.trim() === "" ? text : last;
  }
  const { graph } = activation.plan;
  const result: NestedRunResult = {
    finalOutput: parseOutput(agentNamed(graph, nested.agent).outputType, text),
    newItems: frameItems(activation.state, graph, nested),
    rawResponses: toModelResponses(nested),
    state: activation.toState(),
  };
  return customOutputExtractor(result);
}
