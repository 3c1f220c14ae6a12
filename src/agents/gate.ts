import type { MaybePromise } from "../lib/pending.ts";
import type { JsonValue } from "../lib/json.ts";
import type { Ruling } from "../engine/tool.ts";
import type { ApproverLevel } from "../engine/vocabulary.ts";
import type { AnyAgent } from "./agent.ts";
import type { Callback } from "./callback.ts";
import type { RunConfig } from "./face/config.ts";
import type { RunnableTool } from "./function-tool.ts";

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

/** The level that configuration wants of every decision on a tool. */
export function levelOf(
  { approver }: Pick<RunConfig, "approver">,
  agent: AnyAgent,
  toolName: string,
): ApproverLevel | undefined {
  return typeof approver === "function" ? approver(agent, toolName) : approver;
}

/** A rule of the process tightens what a tool says of itself, and loosens nothing. */
export function rulingOn(
  { name, approvalRule }: Pick<RunnableTool, "name" | "approvalRule">,
  call: GatedCall,
  policy: ProcessPolicy | undefined,
): MaybePromise<Ruling | undefined> {
  if (approvalRule.type === "policy") return approvalRule.judge(call);
  const verdict = policy?.({ ...call, tool: name });
  return verdict?.verdict === "allow" ? undefined : verdict;
}
