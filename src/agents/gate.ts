import type { ApprovalTimeout, Ruling } from "../engine/tool.ts";
import type { ApproverLevel } from "../engine/vocabulary.ts";
import { copyJson, isJsonObject, type JsonValue } from "../lib/json.ts";
import type { MaybePromise } from "../lib/pending.ts";
import type { Callback } from "./callback.ts";
import { UserError } from "./errors.ts";
import type { RunContext } from "./run-context.ts";

/** A call as a gate judges it. */
export interface GatedCall {
  readonly agent: string;
  /** What the model wrote; `undefined` when it cannot be read. */
  readonly arguments: JsonValue | undefined;
}

/** Judges calls of one tool. What it throws asks. */
export type Gate = Callback<[GatedCall], MaybePromise<Ruling>>;

/** Rules of a process, over all tools that have none of their own. */
export type ProcessPolicy = (call: GatedCall & { tool: string }) => Ruling | undefined;

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

type LevelRule<TAgent> = (agent: TAgent, toolName: string) => ApproverLevel | undefined;

/** The level that configuration wants of every decision on a tool. */
export function levelOf<TAgent>(
  { approver }: { approver?: ApproverLevel | LevelRule<TAgent> | undefined },
  agent: TAgent,
  toolName: string,
): ApproverLevel | undefined {
  return typeof approver === "function" ? approver(agent, toolName) : approver;
}

/** A rule of the process tightens what a tool says of itself, and loosens nothing. */
export function rulingOn(
  { name, approvalRule }: { readonly name: string; readonly approvalRule: ApprovalRule },
  call: GatedCall,
  policy: ProcessPolicy | undefined,
): MaybePromise<Ruling | undefined> {
  if (approvalRule.type === "policy") return approvalRule.judge(copyJson(call));
  const verdict = policy?.({ ...copyJson(call), tool: name });
  return verdict?.verdict === "allow" ? undefined : verdict;
}

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
