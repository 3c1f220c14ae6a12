import type { ApprovalTimeout } from "../engine/tool.ts";
import { UserError } from "./errors.ts";

export type { ApprovalTimeout } from "../engine/tool.ts";

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
