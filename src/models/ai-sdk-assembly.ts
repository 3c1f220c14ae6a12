import { isJsonObject } from "../lib/json.ts";
import type { AiSdkAnswer } from "./ai-sdk-output.ts";
import type { AiSdkObject } from "./ai-sdk-spec.ts";

/** Puts the parts of a stream together to what the whole answer would have been. */
export interface AiSdkAssembly {
  add(part: AiSdkObject): void;
  /** The answer; `undefined` before the stream said that it is complete. */
  finished(): AiSdkAnswer | undefined;
  readonly responseId: string | undefined;
}

export function createAiSdkAssembly(): AiSdkAssembly {
  const content: AiSdkObject[] = [];
  /** Blocks that are still being written, by their kind and id. */
  const open = new Map<string, AiSdkObject>();
  let responseId: string | undefined;
  let warnings: unknown;
  let end: AiSdkObject | undefined;

  const addToBlock = (kind: string, step: string, part: AiSdkObject): void => {
    const key = `${kind} ${String(part["id"])}`;
    let block = open.get(key);
    if (block === undefined) {
      block = { type: kind, text: "" };
      open.set(key, block);
      content.push(block);
    }
    const { delta, providerMetadata } = part;
    if (typeof delta === "string") block["text"] = `${String(block["text"])}${delta}`;
    block["providerMetadata"] = merged(block["providerMetadata"], providerMetadata);
    if (step === "end") open.delete(key);
  };

  return {
    get responseId() {
      return responseId;
    },

    add(part) {
      const type = String(part["type"]);
      const [, kind, step] = /^(text|reasoning)-(start|delta|end)$/.exec(type) ?? [];
      if (kind !== undefined && step !== undefined) addToBlock(kind, step, part);
      else if (type === "stream-start") warnings = part["warnings"];
      else if (type === "response-metadata") responseId ??= idOf(part);
      else if (type === "finish") end = part;
      else content.push(part);
    },

    finished() {
      if (end === undefined) return undefined;
      const { finishReason, usage, providerMetadata } = end;
      return { content, finishReason, usage, providerMetadata, warnings };
    },
  };
}

function idOf({ id }: AiSdkObject): string | undefined {
  return typeof id === "string" ? id : undefined;
}

/** What came later goes before, field by field of each provider: a signature comes at the end. */
function merged(before: unknown, after: unknown): unknown {
  if (!isJsonObject(after)) return before;
  if (!isJsonObject(before)) return after;
  const all: AiSdkObject = { ...before };
  for (const [provider, fields] of Object.entries(after)) {
    const known = all[provider];
    all[provider] = isJsonObject(known) && isJsonObject(fields) ? { ...known, ...fields } : fields;
  }
  return all;
}
