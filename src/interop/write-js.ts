import type { AgentInputItem } from "../agents/items.ts";
import { Usage, type UsageInput } from "../agents/usage.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import type { ForeignGuardrail } from "./foreign-run.ts";
import { toolKey } from "./js-fingerprint.ts";
import { JS_SCHEMA } from "./js-shapes.ts";
import { toApprovals, toCompleted } from "./write-js-decisions.ts";
import type { WrittenCall, WrittenItem, WrittenRun, WrittenStep } from "./written-run.ts";

/** The text of a state in the newest schema that `@openai/agents` 0.20 reads. */
export function writeJsState(run: WrittenRun): string {
  return JSON.stringify(toJsState(run));
}

function toJsState(run: WrittenRun): JsonObject {
  const items = run.items.map((item, index) => toItem(item, index));
  const responses = run.responses.map((response) => toResponse(response));
  const value: Record<string, unknown> = {
    $schemaVersion: JS_SCHEMA,
    currentTurn: run.turns,
    currentAgent: { name: run.agent },
    originalInput: run.input,
    ...(run.pendingInput.length === 0 ? {} : { pendingInput: run.pendingInput }),
    modelResponses: responses,
    context: { usage: toUsage(run.usage), ...toApprovals(run), context: run.context },
    toolUseTracker: Object.fromEntries(run.toolUse),
    maxTurns: run.maxTurns,
    reasoningItemIdPolicy: run.reasoningItemIdPolicy,
    currentAgentSpan: null,
    noActiveAgentRun: false,
    ...toGuardrails(run.guardrails, run.agent),
    initialInputGuardrailsCompleted: responses.length > 0,
    currentTurnInProgress: run.step.type === "waiting",
    currentStep: toStep(run.step),
    lastModelResponse: responses.at(-1),
    generatedItems: items,
    ...toNested(run),
    lastProcessedResponse: toProcessed(run),
    currentTurnPersistedItemCount: run.savedItems,
    ...toCompleted(run.items),
    ambiguousToolInvocationCallIds: [],
    conversationId: run.conversationId,
    previousResponseId: run.previousResponseId,
    trace: null,
  };
  return value as JsonObject;
}

function toItem({ type, agent, raw, value, ran, to }: WrittenItem, index: number): JsonObject {
  const base = { type, rawItem: raw as unknown as JsonObject };
  const { name } = raw as { name?: string };
  switch (type) {
    case "handoff_output_item":
      return { ...base, sourceAgent: { name: agent }, targetAgent: { name: to } } as JsonObject;
    case "tool_call_output_item": {
      const status = ran === true ? { executionStatus: "executed" } : {};
      return { ...base, agent: { name: agent }, output: value, ...status } as JsonObject;
    }
    case "tool_approval_item": {
      const key = { toolName: name, functionToolStateKey: toolKey(name ?? "") };
      return { ...base, agent: { name: agent }, ...key } as JsonObject;
    }
    case "input_item":
      return { ...base, agent: { name: agent }, inputId: `input_${index}` };
    default:
      return { ...base, agent: { name: agent } };
  }
}

function toResponse({ output, usage, responseId, requestId }: WrittenRun["responses"][number]) {
  return { usage: toUsage(usage), output, responseId, requestId };
}

function toStep(step: WrittenStep): JsonObject {
  switch (step.type) {
    case "waiting": {
      const interruptions = step.asked.map((item, index) => toItem(item, index));
      return { type: "next_step_interruption", data: { interruptions } };
    }
    case "completed":
      return { type: "next_step_final_output", output: step.output };
    case "going_on":
      return { type: "next_step_run_again" };
  }
}

function toNested({ nested }: WrittenRun): JsonObject {
  return {
    pendingAgentToolRuns: Object.fromEntries(
      nested.map(({ tool, callId, run }) => [`${toolKey(tool)}:${callId}`, writeJsState(run)]),
    ),
    pendingAgentToolRunAliases: Object.fromEntries(
      nested.map(({ tool, callId }) => [`${tool}:${callId}`, `${toolKey(tool)}:${callId}`]),
    ),
  };
}

function toProcessed({ responses, items, calls }: WrittenRun): JsonObject | undefined {
  const last = responses.at(-1);
  if (last === undefined) return undefined;
  const own = new Set<AgentInputItem>(last.output);
  const made = items.filter(({ raw }) => own.has(raw));
  return {
    newItems: made.map((item, index) => toItem(item, index)),
    toolsUsed: calls.map(({ item }) => item.name),
    handoffs: calls.flatMap(({ item, handoffTo }) =>
      handoffTo === undefined
        ? []
        : [
            {
              toolCall: item as unknown as JsonObject,
              handoff: { toolName: item.name, agentName: handoffTo },
              targetAgent: { name: handoffTo },
            },
          ],
    ),
    functions: calls.flatMap(({ item, tool }) =>
      tool === undefined
        ? []
        : [
            {
              toolCall: item as unknown as JsonObject,
              tool: toTool(item.name, tool),
              mcpToolBinding: null,
            },
          ],
    ),
    functionToolsNotFound: calls.flatMap(({ item, tool, handoffTo }) =>
      tool === undefined && handoffTo === undefined
        ? [{ toolCall: item as unknown as JsonObject, toolName: item.name }]
        : [],
    ),
    computerActions: [],
    shellActions: [],
    applyPatchActions: [],
    mcpApprovalRequests: [],
  };
}

function toTool(
  name: string,
  { description, parameters }: NonNullable<WrittenCall["tool"]>,
): JsonObject {
  return { type: "function", name, description, parameters, strict: true, deferLoading: false };
}

function toUsage(given: UsageInput): JsonValue {
  const { requestUsageEntries, ...usage } = new Usage(given);
  const entries = requestUsageEntries === undefined ? {} : { requestUsageEntries };
  return { ...usage, ...entries } as unknown as JsonValue;
}

function toGuardrails(results: readonly ForeignGuardrail[], agent: string): JsonObject {
  const ofKind = (wanted: ForeignGuardrail["kind"]): ForeignGuardrail[] =>
    results.filter(({ kind }) => kind === wanted);
  return {
    inputGuardrailResults: ofKind("input").map((result) => plain(result)),
    outputGuardrailResults: ofKind("output").map((result) => ({
      ...plain(result),
      agentOutput: null,
      agent: { name: agent },
    })),
    toolInputGuardrailResults: ofKind("tool_input").map((result) => ofTool(result)),
    toolOutputGuardrailResults: ofKind("tool_output").map((result) => ofTool(result)),
  };
}

function behaviorOf(tripped: boolean, replacement: string | undefined): JsonObject {
  if (tripped) return { type: "throwException" };
  return replacement === undefined
    ? { type: "allow" }
    : { type: "rejectContent", message: replacement };
}

function plain({ kind, name, tripped, info }: ForeignGuardrail): JsonObject {
  return {
    guardrail: { type: kind, name },
    output: { tripwireTriggered: tripped, outputInfo: info ?? null },
  };
}

function ofTool({ kind, name, tripped, info, replacement }: ForeignGuardrail): JsonObject {
  return {
    guardrail: { type: kind, name },
    output: { outputInfo: info ?? null, behavior: behaviorOf(tripped, replacement) },
  };
}
