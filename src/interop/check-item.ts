import * as z from "zod";

import type { AgentInputItem, FunctionCallItem } from "../agents/items.ts";
import { isJsonObject } from "../lib/json.ts";
import { cannotRead } from "./foreign-run.ts";
import { rawItem, shaped, text } from "./shapes.ts";

const parts = z.array(z.looseObject({ type: text }));
const message = z.looseObject({
  role: z.enum(["user", "system", "assistant"]),
  content: z.union([text, parts]),
});
const assistantMessage = z.looseObject({
  content: z.array(
    z.discriminatedUnion("type", [
      z.looseObject({ type: z.literal("output_text"), text }),
      z.looseObject({ type: z.literal("refusal"), refusal: text }),
      z.looseObject({ type: z.literal("audio") }),
      z.looseObject({ type: z.literal("image") }),
    ]),
  ),
});
const functionCall = z.looseObject({ callId: text.min(1), name: text.min(1), arguments: text });
const functionResult = z.looseObject({
  callId: text.min(1),
  name: text,
  output: z.union([text, z.looseObject({ type: text }), parts]),
});
const hostedCall = z.looseObject({ name: text });
const reasoning = z.looseObject({ content: z.array(z.looseObject({ text })) });
const compaction = z.looseObject({ encrypted_content: text });

/** What this library has no tools for; the names are those of the format. */
const outOfScope = /^(computer|shell|apply_patch|tool_search|program|local_shell|custom_tool)/;

/**
 * An item of a conversation, checked for what is read of it; the rest passes through.
 *
 * @throws HoldpointError `state_incompatible`, also for items of tools that are not built here
 */
export function checkItem(value: unknown, place: string): AgentInputItem {
  const item = shaped(rawItem, value, place);
  const { type } = item;
  const shape = shapeOf(item);
  if (shape !== undefined) shaped(shape, item, place);
  else if (type !== undefined && outOfScope.test(type)) {
    throw cannotRead(
      `it has an item of type "${type.slice(0, 40)}", and such tools are not supported here`,
    );
  } else if (type !== "unknown") throw cannotRead(`"${place}" is an item of an unknown type`);
  if (item["role"] === "assistant") shaped(assistantMessage, item, place);
  return item as unknown as AgentInputItem;
}

function shapeOf({ type }: { type?: string | undefined }): z.ZodType | undefined {
  switch (type) {
    case undefined:
    case "message":
      return message;
    case "function_call":
      return functionCall;
    case "function_call_result":
      return functionResult;
    case "hosted_tool_call":
      return hostedCall;
    case "reasoning":
      return reasoning;
    case "compaction":
      return compaction;
    default:
      return undefined;
  }
}

/** A call that somebody was asked about. @throws HoldpointError for calls of other kinds */
export function checkAskedCall(value: unknown, place: string): FunctionCallItem {
  if (isJsonObject(value) && value["type"] === "hosted_tool_call") {
    throw cannotRead(
      "a call of a hosted MCP server waits in it, and such approvals are not supported here",
    );
  }
  const item = checkItem(value, place);
  if (item.type !== "function_call") {
    throw cannotRead(`"${place}" is no function call, and no other can wait for a decision here`);
  }
  if (item.namespace !== undefined) {
    throw cannotRead(
      "a call of a tool in a namespace waits in it, and namespaces are not supported here",
    );
  }
  return item;
}
