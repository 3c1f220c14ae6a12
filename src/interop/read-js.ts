import type { AgentOutputItem } from "../agents/items.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { checkAskedCall, checkItem } from "./check-item.ts";
import {
  cannotRead,
  itemKinds,
  type ForeignCall,
  type ForeignItem,
  type ForeignResponse,
  type ForeignRun,
  type ForeignStep,
} from "./foreign-run.ts";
import { readJsDecisions } from "./js-decisions.ts";
import { interruptionData, jsState, type JsItem, type JsState } from "./js-shapes.ts";
import { guardrailAnswers } from "./guardrails.ts";
import { agentName, contextObject, entriesOf, shaped, text } from "./shapes.ts";

const FIRST_WITH_EXECUTION = 17;

/**
 * Reads a state that `@openai/agents` wrote.
 *
 * @param readNested reads the text of a run inside it
 * @throws HoldpointError `state_incompatible`
 */
export function readJsState(
  value: JsonObject,
  schema: string,
  readNested: (text: string) => ForeignRun,
): ForeignRun {
  const state = shaped(jsState, value);
  refuseUnsupported(state);
  const nested = readNestedRuns(state, readNested);
  // From this schema on a result says whether the tool's body ran.
  const tellsRun = Number(schema.slice(2)) >= FIRST_WITH_EXECUTION;
  const items = state.generatedItems.map((item, index) =>
    toItem(item, `generatedItems.${index}`, tellsRun),
  );

  const step = toStep(state);
  const unsaved: ForeignRun = {
    writtenBy: `@openai/agents, schema ${schema}`,
    agent: agentName(state.currentAgent, "currentAgent"),
    input:
      typeof state.originalInput === "string"
        ? state.originalInput
        : state.originalInput.map((item, at) => checkItem(item, `originalInput.${at}`)),
    pendingInput: (state.pendingInput ?? []).map((item, at) =>
      checkItem(item, `pendingInput.${at}`),
    ),
    responses: state.modelResponses.map((response, index) => toResponse(response, index)),
    items,
    usage: state.context.usage,
    maxTurns: state.maxTurns,
    reasoningItemIdPolicy: state.reasoningItemIdPolicy ?? undefined,
    conversationId: state.conversationId,
    previousResponseId: state.previousResponseId,
    chained: false,
    context: contextObject(state.context.context),
    isContextLost: false,
    step,
    begun: new Set(),
    decisions: [],
    nested,
    guardrails: guardrailAnswers({
      input: state.inputGuardrailResults,
      toolInput: state.toolInputGuardrailResults,
      toolOutput: state.toolOutputGuardrailResults,
      output: state.outputGuardrailResults,
    }),
    // Approvals are counted among what the session has, and are not written.
    savedItems: savedOf(state),
    notices: noticesOf(state),
  };
  const { decisions, notices } = readJsDecisions(state, unsaved, schema);
  return { ...unsaved, decisions, notices: [...unsaved.notices, ...notices] };
}

function refuseUnsupported({
  lastProcessedResponse,
  pendingSessionWrite,
  currentStep,
}: JsState): void {
  if (pendingSessionWrite !== undefined && pendingSessionWrite !== null) {
    throw cannotRead(
      "it stopped in the middle of writing to its session; finish that where it was written",
    );
  }
  const names = [
    "computerActions",
    "shellActions",
    "applyPatchActions",
    "mcpApprovalRequests",
  ] as const;
  if (currentStep?.type !== "next_step_interruption") return;
  const used = names.find((name) => (lastProcessedResponse?.[name] ?? []).length > 0);
  if (used !== undefined) {
    throw cannotRead(`its last response has "${used}", and such tools are not supported here`);
  }
}

function readNestedRuns(
  { pendingAgentToolRuns }: JsState,
  readNested: (text: string) => ForeignRun,
): Map<string, ForeignRun> {
  const runs = entriesOf(text, pendingAgentToolRuns, "pendingAgentToolRuns");
  return new Map(
    runs.map(([key, value]) => {
      // The key is the tool's own and the call's id; older ones have the tool's name there.
      const callId = /^(?:\["bare",".*"\]|[^:[\]]+):([^]+)$/.exec(key)?.[1];
      if (callId !== undefined) return [callId, readNested(value)];
      throw cannotRead(
        "it has a run of an agent tool whose call is not named in a way that is known here",
      );
    }),
  );
}

function toResponse(
  { output, usage, responseId, requestId, providerData }: JsState["modelResponses"][number],
  index: number,
): ForeignResponse {
  const place = `modelResponses.${index}.output`;
  return {
    output: output.map((item, at) => checkItem(item, `${place}.${at}`) as AgentOutputItem),
    usage,
    responseId,
    requestId,
    providerData: isJsonObject(providerData) ? providerData : undefined,
  };
}

function kindOf(type: string): ForeignItem["type"] | undefined {
  return Object.hasOwn(itemKinds, type) ? itemKinds[type as keyof typeof itemKinds] : undefined;
}

function toItem(item: JsItem, place: string, tellsRun: boolean): ForeignItem {
  const type = kindOf(item.type);
  if (type === undefined) {
    throw cannotRead(`"${place}" is of a type that is not supported here`);
  }
  const raw =
    type === "asked"
      ? checkAskedCall(item.rawItem, `${place}.rawItem`)
      : checkItem(item.rawItem, `${place}.rawItem`);
  const agent = agentName(item.agent ?? item.sourceAgent, `${place}.agent`);
  if (type === "handed_off") {
    return { type, agent, raw, to: agentName(item.targetAgent, `${place}.targetAgent`) };
  }
  if (type !== "result") return { type, agent, raw };
  const ran = tellsRun ? item.executionStatus === "executed" : undefined;
  return { type, agent, raw, value: item.output, ran };
}

function toStep({ currentStep }: JsState): ForeignStep {
  switch (currentStep?.type) {
    case "next_step_interruption": {
      const data = shaped(interruptionData, currentStep["data"], "currentStep.data");
      if (data.responseAccepted === true) {
        throw cannotRead(
          "it stopped between a response and the work on it; go on with it where it was written",
        );
      }
      const asked = data.interruptions.map((item, index): ForeignCall => {
        const place = `currentStep.data.interruptions.${index}`;
        const call = checkAskedCall(item.rawItem, `${place}.rawItem`);
        const agent = agentName(item.agent, `${place}.agent`);
        return { agent, callId: call.callId, name: call.name, arguments: call.arguments };
      });
      return { type: "waiting", asked };
    }
    case "next_step_final_output":
      return {
        type: "completed",
        output: shaped(text, currentStep["output"], "currentStep.output"),
      };
    case undefined:
    case "next_step_run_again":
    case "next_step_handoff":
      return { type: "going_on" };
    default:
      throw cannotRead(`"currentStep.type" is none that its version knows`);
  }
}

function savedOf({ currentTurnPersistedItemCount, generatedItems }: JsState): number | undefined {
  const count = currentTurnPersistedItemCount ?? 0;
  if (count === 0) return undefined;
  const saved = generatedItems.slice(0, count);
  return saved.filter(({ type }) => type !== "tool_approval_item").length;
}

function noticesOf({ sandbox, context }: JsState): string[] {
  return [
    ...(sandbox === undefined || sandbox === null ? [] : ["Its sandbox is not taken over."]),
    ...(context.toolInput === undefined
      ? []
      : ["The structured input of its agent tool is not taken over."]),
  ];
}
