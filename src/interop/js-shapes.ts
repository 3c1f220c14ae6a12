import * as z from "zod";

import {
  agentRef,
  count,
  guardrailResult,
  json,
  optionalText,
  rawItem,
  record,
  text,
  toolGuardrailResult,
  usageDetails,
} from "./shapes.ts";

/** The newest schema of `@openai/agents` that is read, and written. */
export const JS_SCHEMA = "1.22";

const tokens = z.number();
const requestUsage = z.looseObject({
  inputTokens: tokens,
  outputTokens: tokens,
  totalTokens: tokens,
});
export const jsUsage = z.object({
  requests: tokens,
  inputTokens: tokens,
  outputTokens: tokens,
  totalTokens: tokens,
  inputTokensDetails: usageDetails,
  outputTokensDetails: usageDetails,
  requestUsageEntries: z.array(requestUsage).optional(),
});

export const jsItem = z.object({
  type: text,
  rawItem,
  agent: agentRef.optional(),
  sourceAgent: agentRef.optional(),
  targetAgent: agentRef.optional(),
  output: json.optional(),
  executionStatus: optionalText,
});
export type JsItem = z.infer<typeof jsItem>;

export const jsRecord = record.extend({ stickyRejectMessage: optionalText });

const approvalsOfAgent = z.object({ agentIdentity: text, approvals: z.unknown() });
const invocationsOfAgent = z.object({ agentIdentity: text, invocations: z.unknown() });

/** The state of a run, as far as it is read; what is not named here is left out. */
export const jsState = z.object({
  currentTurn: count,
  currentAgent: agentRef,
  originalInput: z.union([text, z.array(rawItem)]),
  pendingInput: z.array(rawItem).optional(),
  modelResponses: z.array(
    z.object({
      usage: jsUsage,
      output: z.array(rawItem),
      responseId: optionalText,
      requestId: optionalText,
      providerData: z.unknown().optional(),
    }),
  ),
  context: z.object({
    usage: jsUsage,
    approvals: z.unknown(),
    functionApprovals: z.array(approvalsOfAgent).optional(),
    legacyFunctionApprovals: z.unknown().optional(),
    approvalInvocations: z.array(invocationsOfAgent).optional(),
    context: z.unknown(),
    toolInput: z.unknown().optional(),
  }),
  maxTurns: z.int().min(1).nullable(),
  reasoningItemIdPolicy: z.enum(["preserve", "omit"]).nullish(),
  inputGuardrailResults: z.array(guardrailResult),
  outputGuardrailResults: z.array(guardrailResult),
  toolInputGuardrailResults: z.array(toolGuardrailResult).optional(),
  toolOutputGuardrailResults: z.array(toolGuardrailResult).optional(),
  currentStep: z.looseObject({ type: text }).nullish(),
  generatedItems: z.array(jsItem),
  pendingAgentToolRuns: z.unknown().optional(),
  lastProcessedResponse: z
    .object({
      computerActions: z.array(z.unknown()).optional(),
      shellActions: z.array(z.unknown()).optional(),
      applyPatchActions: z.array(z.unknown()).optional(),
      mcpApprovalRequests: z.array(z.unknown()).optional(),
    })
    .nullish(),
  currentTurnPersistedItemCount: count.optional(),
  pendingSessionWrite: z.unknown().optional(),
  conversationId: optionalText,
  previousResponseId: optionalText,
  sandbox: z.unknown().optional(),
});
export type JsState = z.infer<typeof jsState>;

export const interruptionData = z.object({
  interruptions: z.array(jsItem),
  responseAccepted: z.boolean().optional(),
});
