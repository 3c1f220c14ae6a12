/**
 * The items of a conversation, in the shapes of the OpenAI Agents SDK (0.20), so that its users'
 * models and sessions fit. Fields and item types not named here pass through unread.
 */

interface ItemBase {
  id?: string | undefined;
  providerData?: Record<string, unknown> | undefined;
}

export interface InputText {
  type: "input_text";
  text: string;
  providerData?: Record<string, unknown> | undefined;
}

export interface InputImage {
  type: "input_image";
  image?: string | { id: string } | undefined;
  detail?: string | undefined;
  providerData?: Record<string, unknown> | undefined;
}

export interface InputFile {
  type: "input_file";
  file?: string | { id: string } | { url: string } | undefined;
  filename?: string | undefined;
  providerData?: Record<string, unknown> | undefined;
}

export type InputContent = InputText | InputImage | InputFile;

export interface OutputText {
  type: "output_text";
  text: string;
  providerData?: Record<string, unknown> | undefined;
}

export interface Refusal {
  type: "refusal";
  refusal: string;
  providerData?: Record<string, unknown> | undefined;
}

export interface UserMessageItem extends ItemBase {
  type?: "message" | undefined;
  role: "user";
  content: string | InputContent[];
}

export interface SystemMessageItem extends ItemBase {
  type?: "message" | undefined;
  role: "system";
  content: string;
}

export interface AssistantMessageItem extends ItemBase {
  type?: "message" | undefined;
  role: "assistant";
  status: "in_progress" | "completed" | "incomplete";
  content: (OutputText | Refusal)[];
  /** Whether a message between tool calls is said to be the last word. */
  phase?: "commentary" | "final_answer" | undefined;
}

export interface FunctionCallItem extends ItemBase {
  type: "function_call";
  callId: string;
  name: string;
  /** JSON text as the model wrote it. */
  arguments: string;
  status?: "in_progress" | "completed" | "incomplete" | undefined;
  namespace?: string | undefined;
  caller?: unknown;
}

export interface ToolOutputText {
  type: "text";
  text: string;
  providerData?: Record<string, unknown> | undefined;
}

export interface ToolOutputImage {
  type: "image";
  image?: string | { data: string; mediaType?: string } | { url: string } | { fileId: string };
  detail?: string;
  providerData?: Record<string, unknown> | undefined;
}

export interface ToolOutputFile {
  type: "file";
  file:
    | string
    | { data: string; mediaType: string; filename: string }
    | { url: string; filename?: string }
    | { id: string; filename?: string };
  providerData?: Record<string, unknown> | undefined;
}

export type ToolOutputContent = ToolOutputText | ToolOutputImage | ToolOutputFile;

export interface FunctionCallResultItem extends ItemBase {
  type: "function_call_result";
  name: string;
  callId: string;
  status: "in_progress" | "completed" | "incomplete";
  output: string | ToolOutputContent | InputContent[];
  namespace?: string | undefined;
  caller?: unknown;
}

export interface ReasoningItem extends ItemBase {
  type: "reasoning";
  content: InputText[];
  rawContent?: { type: "reasoning_text"; text: string }[] | undefined;
}

export interface HostedToolCallItem extends ItemBase {
  type: "hosted_tool_call";
  name: string;
  arguments?: string | undefined;
  status?: string | undefined;
  output?: string | undefined;
}

export interface CompactionItem extends ItemBase {
  type: "compaction";
  encrypted_content: string;
  created_by?: string | undefined;
}

/** Whatever a provider sends that has no type here; everything is in `providerData`. */
export interface UnknownItem extends ItemBase {
  type: "unknown";
}

/** What a model can put out. */
export type AgentOutputItem =
  | AssistantMessageItem
  | FunctionCallItem
  | FunctionCallResultItem
  | ReasoningItem
  | HostedToolCallItem
  | CompactionItem
  | UnknownItem;

/** What a model can be sent, and what a session holds. */
export type AgentInputItem = AgentOutputItem | UserMessageItem | SystemMessageItem;

/** @param providerData fields that are sent beside it */
export function user(
  input: string | InputContent[],
  providerData?: Record<string, unknown>,
): UserMessageItem {
  const content =
    typeof input === "string" ? [{ type: "input_text" as const, text: input }] : input;
  return { type: "message", role: "user", content, ...given(providerData) };
}

export function system(content: string, providerData?: Record<string, unknown>): SystemMessageItem {
  return { type: "message", role: "system", content, ...given(providerData) };
}

function given(providerData: Record<string, unknown> | undefined): {
  providerData?: Record<string, unknown>;
} {
  return providerData === undefined ? {} : { providerData };
}

export function assistant(
  content: string | AssistantMessageItem["content"],
  providerData?: Record<string, unknown>,
): AssistantMessageItem {
  return {
    type: "message",
    role: "assistant",
    status: "completed",
    content: typeof content === "string" ? [{ type: "output_text", text: content }] : content,
    ...given(providerData),
  };
}

export function isFunctionCall(item: AgentInputItem): item is FunctionCallItem {
  return item.type === "function_call";
}

export function isAssistantMessage(item: AgentInputItem): item is AssistantMessageItem {
  return "role" in item && item.role === "assistant";
}

/** All text of an assistant message, joined; refusals have none. */
export function messageText(item: AssistantMessageItem): string {
  return item.content.map((part) => (part.type === "output_text" ? part.text : "")).join("");
}

/** Input as a run takes it: one user message, or items as they are. */
export function toInputItems(input: string | readonly AgentInputItem[]): AgentInputItem[] {
  if (typeof input !== "string") return [...input];
  return [{ type: "message", role: "user", content: input }];
}

/** The items from the last compaction on: it stands for everything before it. */
export function sinceCompaction<T extends AgentInputItem>(items: readonly T[]): T[] {
  return items.slice(
    Math.max(
      0,
      items.findLastIndex(({ type }) => type === "compaction"),
    ),
  );
}

/**
 * Items without the ids of the reasoning that a run made: they mean something to the provider that
 * gave them only. What the run was given keeps them.
 */
export function withoutReasoningIds<T extends AgentInputItem>(
  items: readonly T[],
  opening: readonly AgentInputItem[] = [],
): T[] {
  const kept = new Set<AgentInputItem>(opening);
  return items.map((item) => {
    if (item.type !== "reasoning" || kept.has(item)) return item;
    const { id: _id, ...rest } = item;
    return rest as T;
  });
}
