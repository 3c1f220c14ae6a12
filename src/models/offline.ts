import {
  isFunctionCall,
  toInputItems,
  type AgentInputItem,
  type FunctionCallItem,
  type FunctionCallResultItem,
} from "../agents/items.ts";
import type { Model, ModelRequest } from "../agents/model.ts";
import { Usage } from "../agents/usage.ts";
import { canonicalJson } from "../lib/json.ts";
import { countResponses, nameCalls, streamAnswer, type WholeAnswer } from "./answer.ts";
import { findPlaceTool, findPlaces } from "./offline-places.ts";
import { findSpelledCalls, type WantedCall } from "./offline-spelling.ts";
import { call, message } from "./scripted.ts";

const introduction = "Offline demo model:";

/** What `createOfflineModel` of the library loads. */
export function createOfflineModel(): Model {
  return {
    getResponse: answer,
    async *getStreamedResponse(request) {
      yield* streamAnswer(await answer(request));
    },
  };
}

async function answer(request: ModelRequest): Promise<WholeAnswer> {
  request.signal?.throwIfAborted();
  const items = toInputItems(request.input);
  const asked = items.slice(
    Math.max(
      0,
      items.findLastIndex((item) => isFrom(item, "user")),
    ),
  );
  const calls = findMissingCalls(request, asked);
  const output =
    calls.length > 0
      ? calls.map(({ name, args }) => call(name, args))
      : [message(`${introduction} ${tellOutputs(asked) || tellAbilities(request)}`)];
  return {
    output: nameCalls(output, { input: items }),
    responseId: `offline_${countResponses(items) + 1}`,
    usage: new Usage({ requests: 1 }),
  };
}

function isFrom(item: AgentInputItem, role: string): boolean {
  return "role" in item && item.role === role;
}

/** What the message asks for and has not been proposed since, whatever became of it. */
function findMissingCalls(request: ModelRequest, asked: readonly AgentInputItem[]): WantedCall[] {
  if (request.modelSettings.toolChoice === "none") return [];
  const text = textOf(asked[0]);
  const open = findWantedCalls(request, text);
  for (const done of asked.filter(isFunctionCall)) {
    const at = open.findIndex((wanted) => isSameCall(wanted, done));
    if (at !== -1) open.splice(at, 1);
  }
  return open;
}

function findWantedCalls(request: ModelRequest, text: string): WantedCall[] {
  const names = [
    ...request.tools.flatMap((tool) => (tool.type === "function" ? [tool.name] : [])),
    ...request.handoffs.map((handoff) => handoff.toolName),
  ];
  const spelled = findSpelledCalls(text, names);
  if (spelled.length > 0) return spelled;
  const tool = findPlaceTool(request.tools, text);
  if (tool === undefined) return [];
  return findPlaces(text).map((place) => ({ name: tool.name, args: { [tool.parameter]: place } }));
}

function isSameCall(wanted: WantedCall, done: FunctionCallItem): boolean {
  if (wanted.name !== done.name) return false;
  try {
    return canonicalJson(wanted.args) === canonicalJson(JSON.parse(done.arguments));
  } catch {
    return false;
  }
}

/** The text of a user message; nothing when the history is kept elsewhere and only goes on. */
function textOf(item: AgentInputItem | undefined): string {
  if (item === undefined || !("role" in item) || item.role !== "user") return "";
  if (typeof item.content === "string") return item.content;
  return item.content.map((part) => (part.type === "input_text" ? part.text : "")).join("\n");
}

/** The outputs in the order of their calls; outputs whose calls are not here come last. */
function tellOutputs(asked: readonly AgentInputItem[]): string {
  const order = asked.filter(isFunctionCall).map(({ callId }) => callId);
  const rank = ({ callId }: FunctionCallResultItem): number => {
    const at = order.indexOf(callId);
    return at === -1 ? order.length : at;
  };
  return asked
    .filter((item) => item.type === "function_call_result")
    .filter(({ name }) => !name.startsWith("transfer_to_"))
    .toSorted((left, right) => rank(left) - rank(right))
    .map(({ output }) => outputText(output))
    .join("\n");
}

function outputText(output: FunctionCallResultItem["output"]): string {
  if (typeof output === "string") return output;
  const parts = Array.isArray(output) ? output : [output];
  return parts.map((part) => ("text" in part ? part.text : `[${part.type}]`)).join(" ");
}

function tellAbilities({ tools, handoffs }: ModelRequest): string {
  const start = "there is no language model behind this agent, so it cannot answer freely.";
  const [tool] = tools.filter(({ type }) => type === "function");
  const name = tool?.name ?? handoffs[0]?.toolName;
  if (name === undefined) return `${start} It has no tool that could be called either.`;
  const placeTool = findPlaceTool(tools, "");
  const places =
    placeTool === undefined
      ? ""
      : ` Name places, as in "in Oakland and San Francisco", and it calls ${placeTool.name} for each.`;
  return `${start}${places} Spell a call, as in ${name} {"key": "value"}, and it makes that call.`;
}
