import type { ToolPreviews } from "../agents/function-tool.ts";
import type { GatedCall } from "../agents/gate.ts";
import { isJsonObject } from "../lib/json.ts";
import { type BorrowedTool, borrowedOf, type BorrowedParts } from "./borrowed-parts.ts";
import { builtInLooks, isFilesystem } from "./filesystem-looks.ts";
import type { PreviewPlan } from "./preview-plan.ts";

/** `undefined` where nothing says how calls of a tool are shown. */
export function previewsOf(parts: BorrowedParts): ToolPreviews | undefined {
  const borrowed = borrowedOf(parts);
  const binds = bindsOf(parts, borrowed);
  if (binds === undefined) return undefined;
  return {
    binds,
    async read(call, options) {
      const { readPreview } = await import("./read-preview.ts");
      const plan = (): PreviewPlan | undefined => planOf(parts, borrowed, call);
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
): PreviewPlan | undefined {
  const args = isJsonObject(call.arguments) ? call.arguments : {};
  const builtIn = isFilesystem(siblings()) ? builtInLooks.get(borrowed.tool)?.(args) : undefined;
  const rules = policy.previewRules?.(borrowed) ?? [];
  if (rules.length === 0) return builtIn;
  return policy.planPreview?.(borrowed, call, builtIn);
}
