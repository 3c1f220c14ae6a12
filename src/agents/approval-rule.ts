import type { MaybePromise } from "../lib/pending.ts";
import { isJsonObject } from "../lib/json.ts";
import type { Callback } from "./callback.ts";
import { UserError } from "./errors.ts";
import type { Gate } from "./gate.ts";
import type { RunContext } from "./run-context.ts";

/** When a call of a tool waits for a person. */
export type ApprovalRule =
  | { type: "never" }
  | { type: "always" }
  | {
      type: "dynamic";
      /** Must answer `true` or `false`; anything else asks. */
      decide: Callback<[RunContext, unknown, string?], MaybePromise<unknown>>;
    }
  | {
      type: "policy";
      judge: Gate;
      /** What can be said before there is a call. */
      outlook: "always" | "sometimes" | "never";
    };

/** @throws UserError for what is neither true, false nor a function: no gate is taken for open */
export function toApprovalRule(needsApproval: unknown, attempt: string): ApprovalRule {
  if (needsApproval === undefined || needsApproval === false) return { type: "never" };
  if (needsApproval === true) return { type: "always" };
  if (typeof needsApproval === "function") {
    const decide = needsApproval as Callback<[RunContext, unknown, string?], unknown>;
    return { type: "dynamic", decide };
  }
  throw new UserError(
    `${attempt}: needsApproval must be true, false or a function, not ${describeKind(needsApproval)}`,
  );
}

function describeKind(value: unknown): string {
  if (value === null) return "null";
  return isJsonObject(value) ? "an object" : `a ${typeof value}`;
}
