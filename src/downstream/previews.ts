import type { ToolPreviews } from "../agents/function-tool.ts";
import type { GatedCall } from "../agents/gate.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { BorrowedTool } from "./borrowed-tool.ts";
import { builtInLooks, isFilesystem } from "./filesystem-looks.ts";
import { borrowedOf, type BorrowedParts } from "./send-call.ts";

/** One question to a server. */
export interface Look {
  readonly tool: string;
  readonly args: JsonObject;
  /** What it looks for may not be there: that reads as the empty text. */
  readonly mayBeAbsent?: true | undefined;
}

/** How it is found out what one call would change. */
export interface Plan {
  /** What is asked, one after the other. What the later ones fail with is only shown. */
  readonly looks: readonly [Look, ...Look[]];
  /** What of the answers an approval is bound to, for people; absent where they are only shown. */
  readonly bind: string | undefined;
  /** The part of an answer that is read; default: its text. */
  readonly part?: string | undefined;
  /** Takes out of what was read what changes by itself. */
  readonly clean?: ((text: string) => string) | undefined;
  /** How what was read is written for people. */
  readonly shown?: ((text: string) => string) | undefined;
  /** What it would be after the call, so written; `undefined` where that cannot be told. */
  readonly after?: ((before: string) => string | undefined) | undefined;
}

/** `undefined` where nothing says how calls of a tool are shown. */
export function previewsOf(parts: BorrowedParts): ToolPreviews | undefined {
  const borrowed = borrowedOf(parts);
  const binds = bindsOf(parts, borrowed);
  if (binds === undefined) return undefined;
  return {
    binds,
    async read(call, options) {
      const { readPreview } = await import("./read-preview.ts");
      const plan = (): Plan | undefined => planOf(parts, borrowed, call);
      return readPreview(parts, { call, plan, binds, ...options });
    },
  };
}

function bindsOf(parts: BorrowedParts, borrowed: BorrowedTool): boolean | undefined {
  const { policy, connection, siblings } = parts;
  const rules = policy.previewRules?.(borrowed) ?? [];
  if (rules.some(({ bind }) => bind !== undefined)) return true;
  if (rules.some(({ off }) => off === true)) {
    return rules.every(({ off }) => off === true) ? undefined : false;
  }
  if (rules.length > 0) return false;
  const isBuiltIn = isFilesystem(siblings()) && builtInLooks.has(borrowed.tool);
  return isBuiltIn ? connection.spec.trusted === true : undefined;
}

/** What is asked to show one call; `undefined` where rules show nothing of it. */
function planOf(
  { policy, siblings }: BorrowedParts,
  borrowed: BorrowedTool,
  call: GatedCall,
): Plan | undefined {
  const args = isJsonObject(call.arguments) ? call.arguments : {};
  const builtIn = isFilesystem(siblings()) ? builtInLooks.get(borrowed.tool)?.(args) : undefined;
  const rules = policy.previewRules?.(borrowed) ?? [];
  if (rules.length === 0) return builtIn;
  return policy.planPreview?.(borrowed, call, builtIn);
}
