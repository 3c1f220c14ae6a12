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

/** The newest schema of the Python SDK that is read. */
export const PYTHON_SCHEMA = "1.17";

const tokens = z.number();
export const pythonUsage = z.object({
  requests: tokens,
  input_tokens: tokens,
  output_tokens: tokens,
  total_tokens: tokens,
  input_tokens_details: usageDetails,
  output_tokens_details: usageDetails,
  request_usage_entries: z
    .array(
      z.object({
        input_tokens: tokens,
        output_tokens: tokens,
        total_tokens: tokens,
        input_tokens_details: z.record(text, tokens).nullish(),
        output_tokens_details: z.record(text, tokens).nullish(),
      }),
    )
    .nullish(),
});

export const pythonItem = z.object({
  type: text,
  raw_item: rawItem,
  agent: agentRef.nullish(),
  source_agent: agentRef.nullish(),
  target_agent: agentRef.nullish(),
  output: json.optional(),
});
export type PythonItem = z.infer<typeof pythonItem>;

export const pythonRecord = record.extend({
  rejection_messages: z.unknown().optional(),
  sticky_rejection_message: optionalText,
  sticky_scope: optionalText,
});

export const toolInvocation = z.object({
  fingerprint: text,
  executed: z.boolean(),
  completed: z.boolean(),
});

const list = z.array(z.unknown()).nullish();

/** The state of a run, as far as it is read; what is not named here is left out. */
export const pythonState = z.object({
  current_turn: count,
  current_agent: agentRef,
  original_input: z.union([text, z.array(rawItem)]),
  pending_input: z.array(rawItem).nullish(),
  model_responses: z.array(
    z.object({
      usage: pythonUsage,
      output: z.array(rawItem),
      response_id: optionalText,
      request_id: optionalText,
    }),
  ),
  context: z.object({
    usage: pythonUsage,
    approvals: z.unknown(),
    tool_invocations: z.unknown().optional(),
    hosted_mcp_approvals: list,
    context: z.unknown(),
    context_meta: z
      .object({ omitted: z.boolean().optional(), requires_deserializer: z.boolean().optional() })
      .nullish(),
  }),
  max_turns: z.int().min(1).nullable(),
  reasoning_item_id_policy: z.enum(["preserve", "omit"]).nullish(),
  input_guardrail_results: z.array(guardrailResult),
  output_guardrail_results: z.array(guardrailResult),
  tool_input_guardrail_results: z.array(toolGuardrailResult).nullish(),
  tool_output_guardrail_results: z.array(toolGuardrailResult).nullish(),
  conversation_id: optionalText,
  previous_response_id: optionalText,
  auto_previous_response_id: z.boolean().nullish(),
  generated_items: z.array(pythonItem),
  current_step: z.looseObject({ type: text }).nullish(),
  last_processed_response: z
    .object({
      functions: z
        .array(
          z.object({
            tool_call: z.looseObject({ call_id: text.optional() }),
            agent_run_state: z.unknown().optional(),
          }),
        )
        .nullish(),
      computer_actions: list,
      custom_tool_actions: list,
      local_shell_actions: list,
      shell_actions: list,
      apply_patch_actions: list,
      mcp_approval_requests: list,
    })
    .nullish(),
  current_turn_persisted_item_count: count.nullish(),
  sandbox: z.unknown().optional(),
});
export type PythonState = z.infer<typeof pythonState>;

export const interruptionData = z.object({
  interruptions: z.array(pythonItem),
  response_accepted: z.boolean().nullish(),
});
