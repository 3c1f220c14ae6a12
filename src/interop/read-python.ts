import { isFunctionCall, type AgentOutputItem } from "../agents/items.ts";
import type { UsageInput } from "../agents/usage.ts";
import type { JsonObject } from "../lib/json.ts";
import { checkAskedCall } from "./check-item.ts";
import { keyOf } from "./conversation.ts";
import {
  cannotRead,
  itemKinds,
  type ForeignCall,
  type ForeignItem,
  type ForeignResponse,
  type ForeignRun,
  type ForeignStep,
} from "./foreign-run.ts";
import { guardrailAnswers } from "./guardrails.ts";
import { beganIn, readPythonDecisions } from "./python-decisions.ts";
import { fromPythonItem } from "./python-items.ts";
import {
  interruptionData,
  pythonState,
  type PythonItem,
  type PythonState,
  type pythonUsage,
} from "./python-shapes.ts";
import { agentName, contextObject, shaped } from "./shapes.ts";
import type * as z from "zod";

/**
 * Reads a state that the Python SDK wrote.
 *
 * @param readNested reads the value of a run inside it
 * @throws HoldpointError `state_incompatible`
 */
export function readPythonState(
  value: JsonObject,
  schema: string,
  readNested: (value: unknown) => ForeignRun,
): ForeignRun {
  const state = shaped(pythonState, value);
  refuseUnsupported(state);
  const responses = state.model_responses.map((response, index) => toResponse(response, index));
  const names = new Map(
    responses.flatMap(({ output }) =>
      output.flatMap((item) => (isFunctionCall(item) ? [[item.callId, item.name] as const] : [])),
    ),
  );
  const nameOf = (callId: string): string | undefined => names.get(callId);
  const items = state.generated_items.map((item, index) =>
    toItem(item, `generated_items.${index}`, nameOf),
  );
  const run: ForeignRun = {
    writtenBy: `the Python SDK, schema ${schema}`,
    agent: agentName(state.current_agent, "current_agent"),
    input:
      typeof state.original_input === "string"
        ? state.original_input
        : state.original_input.map((item, at) =>
            fromPythonItem(item, `original_input.${at}`, nameOf),
          ),
    pendingInput: (state.pending_input ?? []).map((item, at) =>
      fromPythonItem(item, `pending_input.${at}`),
    ),
    responses,
    items,
    usage: toUsage(state.context.usage),
    maxTurns: state.max_turns,
    reasoningItemIdPolicy: state.reasoning_item_id_policy ?? undefined,
    conversationId: state.conversation_id,
    previousResponseId: state.previous_response_id,
    chained: state.auto_previous_response_id === true,
    context: toContext(state),
    isContextLost: state.context.context_meta?.omitted === true,
    step: toStep(state, { responses, items }),
    begun: beganIn(state),
    decisions: [],
    nested: readNestedRuns(state, readNested),
    guardrails: guardrailAnswers({
      input: state.input_guardrail_results,
      toolInput: state.tool_input_guardrail_results,
      toolOutput: state.tool_output_guardrail_results,
      output: state.output_guardrail_results,
    }),
    savedItems: savedOf(state, { responses, items }),
    notices: noticesOf(state),
  };
  const { decisions, notices } = readPythonDecisions(state, run, schema);
  return { ...run, decisions, notices: [...run.notices, ...notices] };
}

function refuseUnsupported({
  last_processed_response: last,
  current_step: step,
}: PythonState): void {
  if (step?.type !== "next_step_interruption") return;
  const names = [
    "computer_actions",
    "custom_tool_actions",
    "local_shell_actions",
    "shell_actions",
    "apply_patch_actions",
    "mcp_approval_requests",
  ] as const;
  const used = names.find((name) => (last?.[name] ?? []).length > 0);
  if (used !== undefined) {
    throw cannotRead(`its last response has "${used}", and such tools are not supported here`);
  }
}

function toResponse(
  response: PythonState["model_responses"][number],
  index: number,
): ForeignResponse {
  const { output, usage, response_id: responseId, request_id: requestId } = response;
  const place = `model_responses.${index}.output`;
  return {
    output: output.map((item, at) => fromPythonItem(item, `${place}.${at}`) as AgentOutputItem),
    usage: toUsage(usage),
    responseId,
    requestId,
    providerData: undefined,
  };
}

function toUsage(usage: z.infer<typeof pythonUsage>): UsageInput {
  const entries = (usage.request_usage_entries ?? []).map((entry) => ({
    inputTokens: entry.input_tokens,
    outputTokens: entry.output_tokens,
    totalTokens: entry.total_tokens,
    inputTokensDetails: entry.input_tokens_details ?? {},
    outputTokensDetails: entry.output_tokens_details ?? {},
  }));
  return {
    requests: usage.requests,
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
    totalTokens: usage.total_tokens,
    inputTokensDetails: usage.input_tokens_details,
    outputTokensDetails: usage.output_tokens_details,
    ...(entries.length === 0 ? {} : { requestUsageEntries: entries }),
  };
}

const kinds: Readonly<Record<string, ForeignItem["type"]>> = {
  ...itemKinds,
  mcp_list_tools_item: "made",
  mcp_approval_request_item: "made",
};

function toItem(
  item: PythonItem,
  place: string,
  nameOf: (callId: string) => string | undefined,
): ForeignItem {
  const type = Object.hasOwn(kinds, item.type) ? kinds[item.type] : undefined;
  if (type === undefined) throw cannotRead(`"${place}" is of a type that is not supported here`);
  const converted = fromPythonItem(item.raw_item, `${place}.raw_item`, nameOf);
  const raw = type === "asked" ? checkAskedCall(converted, `${place}.raw_item`) : converted;
  const owner = type === "handed_off" ? item.source_agent : item.agent;
  const agent = agentName(owner ?? item.agent, `${place}.agent`);
  if (type === "handed_off") {
    return { type, agent, raw, to: agentName(item.target_agent, `${place}.target_agent`) };
  }
  return type === "result" ? { type, agent, raw, value: item.output } : { type, agent, raw };
}

type Made = Pick<ForeignRun, "responses" | "items">;

function toStep(state: PythonState, made: Made): ForeignStep {
  const step = state.current_step ?? undefined;
  switch (step?.type) {
    case "next_step_interruption": {
      const data = shaped(interruptionData, step["data"], "current_step.data");
      if (data.response_accepted === true) {
        throw cannotRead(
          "it stopped between a response and the work on it; go on with it where it was written",
        );
      }
      return {
        type: "waiting",
        asked: data.interruptions.map((item, index) => toAsked(item, index)),
      };
    }
    case undefined:
      return state.current_turn > 0 && !hasOpenCalls(made)
        ? { type: "completed", output: undefined }
        : { type: "going_on" };
    case "next_step_run_again":
      return { type: "going_on" };
    default:
      throw cannotRead(`"current_step.type" is none that its version knows`);
  }
}

function toAsked(item: PythonItem, index: number): ForeignCall {
  const place = `current_step.data.interruptions.${index}`;
  if (item.raw_item.type === "mcp_approval_request") {
    throw cannotRead(
      "a call of a hosted MCP server waits in it, and such approvals are not supported here",
    );
  }
  const call = checkAskedCall(fromPythonItem(item.raw_item, place), place);
  const agent = agentName(item.agent, `${place}.agent`);
  return { agent, callId: call.callId, name: call.name, arguments: call.arguments };
}

function hasOpenCalls({ responses, items }: Made): boolean {
  const known = new Set(items.map(({ raw }) => keyOf(raw)));
  const last = responses.at(-1)?.output ?? [];
  return last.some((item) => isFunctionCall(item) && !known.has(`result ${item.callId}`));
}

function readNestedRuns(
  { last_processed_response: last }: PythonState,
  readNested: (value: unknown) => ForeignRun,
): Map<string, ForeignRun> {
  return new Map(
    (last?.functions ?? []).flatMap(({ tool_call: call, agent_run_state: inner }) =>
      inner === undefined || inner === null || call.call_id === undefined
        ? []
        : [[call.call_id, readNested(inner)] as const],
    ),
  );
}

function toContext({ context: { context } }: PythonState): JsonObject {
  return context === null || context === undefined ? {} : contextObject(context);
}

/** The session has all of the turns before, and so many items of the last one. */
function savedOf(
  { current_turn_persisted_item_count: count }: PythonState,
  { responses, items }: Made,
): number | undefined {
  if (count === undefined || count === null || count === 0) return undefined;
  const made = items.filter(({ type }) => type !== "asked");
  const last = new Set((responses.at(-1)?.output ?? []).map((item) => keyOf(item)));
  const from = made.findIndex(({ raw }) => last.has(keyOf(raw)));
  return Math.min((from < 0 ? made.length : from) + count, made.length);
}

function noticesOf({
  sandbox,
  context: { context_meta: meta, hosted_mcp_approvals: hosted },
}: PythonState): string[] {
  return [
    ...(sandbox === undefined || sandbox === null ? [] : ["Its sandbox is not taken over."]),
    ...(meta?.omitted === true
      ? ["Its context was left out where it was written: give it again."]
      : []),
    ...(meta?.requires_deserializer === true && meta.omitted !== true
      ? ["Its context was an object of a class: what is taken over are its fields."]
      : []),
    ...((hosted ?? []).length > 0 ? ["Decisions on hosted MCP servers are not taken over."] : []),
  ];
}
