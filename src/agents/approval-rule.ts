import type { ApprovalTimeout } from "../engine/tool.ts";
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

/** @throws UserError when it is no positive number of seconds */
export function checkApprovalTimeout(timeout: ApprovalTimeout | undefined, of: string): void {
  if (timeout === undefined) return;
  const { seconds, onExpiry = "reject" } = timeout;
  const isKnown = onExpiry === "reject" || onExpiry === "fail";
  if (typeof seconds === "number" && seconds > 0 && Number.isFinite(seconds) && isKnown) return;
  throw new UserError(
    `Cannot declare ${of}: approvalTimeout needs seconds above 0, and onExpiry must be reject or fail`,
  );
}
