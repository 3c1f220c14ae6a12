import { type CallToolResult, McpError } from "@modelcontextprotocol/sdk/types.js";

import type { OutputFields } from "../engine/tool.ts";
import type { Call } from "../engine/state.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";

/** What a server answered: a result, or an error of the protocol. */
export type Answer =
  | {
      readonly result: CallToolResult;
      /** Whether the call never reached its server: nothing rests on it. */
      readonly unsent?: true;
    }
  | { readonly error: { code: number; message: string; data?: JsonValue } };

/** An answer as a journal keeps it: whole. `note` goes in front, where an approver changed it. */
export function toStored(answer: Answer, note: string | undefined): OutputFields {
  if (note === undefined || "error" in answer) return { returned: answer as unknown as JsonValue };
  const content = [{ type: "text" as const, text: note }, ...blocksOf(answer.result)];
  const noted = { ...answer.result, content };
  return { returned: { ...answer, result: noted } as unknown as JsonValue };
}

/** What a call came to, for its client. @param hasStructure whether its tool announces a structure */
export function answerOf(call: Call, { hasStructure }: { hasStructure: boolean }): Answer {
  const { finished } = call;
  if (finished === undefined) throw new Error(`Call ${call.item.callId} has no outcome`);
  if (isJsonObject(finished.returned)) return finished.returned as unknown as Answer;
  const text = typeof finished.output === "string" ? finished.output : "It was not run.";
  // What a person says came of it is no failure; clients want a structure then, or a failure.
  const isError = finished.outcome !== "stated" || hasStructure;
  return { result: { content: [{ type: "text", text }], ...(isError ? { isError } : {}) } };
}

/** What went wrong, as the result of a call. */
export function failed(text: string): Answer {
  return { result: { isError: true, content: [{ type: "text", text }] } };
}

/** @param why the store cannot be used */
export function notRun(why: string): Answer {
  return failed(
    `The call was not run: what may have an effect is not run while the store cannot be used. ${why}`,
  );
}

/** An answer with one more text block at its end, and marks in its `_meta`. */
export function withMark(
  answer: Answer,
  { text, meta = {} }: { text: string; meta?: Record<string, JsonValue> },
): Answer {
  if ("error" in answer) {
    return { error: { ...answer.error, message: `${answer.error.message} (${text})` } };
  }
  const { result } = answer;
  const { _meta: own } = result;
  return {
    ...answer,
    result: {
      ...result,
      content: [...blocksOf(result), { type: "text", text }],
      ...(Object.keys(meta).length === 0 ? {} : { _meta: { ...own, ...meta } }),
    },
  };
}

/** The blocks of a result, which passes unread: a server may have sent none. */
export function blocksOf({ content }: CallToolResult): CallToolResult["content"] {
  return Array.isArray(content) ? content : [];
}

/** What the protocol is answered with. @throws McpError for an error of the server's own */
export function toResult(answer: Answer): CallToolResult {
  if ("result" in answer) return answer.result;
  const { code, message, data } = answer.error;
  // The SDK would say the code in the message, too.
  throw Object.assign(new McpError(code, "", data), { message });
}
