import { errorMessage } from "../lib/errors.ts";
import { withinTime, isPending, type MaybePromise } from "../lib/pending.ts";
import { type Wanted, neededLevel } from "./ask.ts";
import type { CallSite } from "./call-site.ts";
import { describeDefinitionChange } from "./definition-change.ts";
import { definitionOf } from "./frames.ts";
import type { Verdict } from "./state.ts";
import type { Arguments, Ruling } from "./tool.ts";

/** One that does not answer asks. */
const POLICY = { limitMs: 60_000, what: "It" };

/** What is to become of a call that nobody decided on. */
export type Gated =
  | { type: "free"; rule: string }
  | ({ type: "ask" } & Wanted)
  | { type: "deny"; reason: string };

/** Fails closed (S9): what is not plainly free asks. */
export async function judgeCall(site: CallSite, args: Arguments): Promise<Gated> {
  const { tool, call } = site;
  const rules = judgeBy(tool.ruled, args);
  const ruled = isPending(rules) ? await rules : rules;
  if (ruled?.verdict === "deny") return { type: "deny", reason: ruled.reason };
  if (call.approval !== undefined && !call.approval.isWithdrawn) {
    return { ...wanted(ruled), type: "ask", reason: changeSince(site) };
  }
  // Nobody is asked about a call that nobody can read.
  if (ruled !== undefined && args.raw === undefined) {
    return { type: "free", rule: "unreadable arguments" };
  }
  if (ruled?.verdict === "ask") return { type: "ask", ...wanted(ruled) };
  if (ruled !== undefined && tool.isRuled) return { type: "free", rule: ruled.rule };
  const own = judgeBy(tool.rule, args);
  return toGated(isPending(own) ? await own : own);
}

/**
 * What a rule says of a call: of a tool's `ruled` the stricter of its own rules and of the process's,
 * `undefined` where there are none. One that throws, or does not answer, asks.
 */
export function judgeBy<T extends Ruling | undefined>(
  rule: (args: Arguments) => MaybePromise<T>,
  args: Arguments,
): MaybePromise<T | Ruling> {
  try {
    const ruling = withinTime(rule(args), POLICY);
    return isPending(ruling) ? ruling.catch(policyFailed) : ruling;
  } catch (error) {
    return policyFailed(error);
  }
}

/** What rules that ask want of the decision. */
export function wanted(ruling: Ruling | undefined): Wanted {
  if (ruling?.verdict !== "ask") return {};
  const { reason, approver, timeout, alone } = ruling;
  return { reason, approver, timeout, alone };
}

function policyFailed(error: unknown): Ruling {
  const reason = `The policy failed: ${errorMessage(error).slice(0, 200)}`;
  return { verdict: "ask", reason };
}

function changeSince({ activation, call, tool }: CallSite): string {
  const general = "The tool's definition changed since this call was asked about";
  const { toolDigest } = call.approval ?? {};
  const before = definitionOf(activation.state, { tool: tool.name, toolDigest });
  if (before === undefined || !tool.isRuled) return general;
  const was = { ...before, parameters: before.schema };
  const is = { ...tool.definition, parameters: tool.definition.schema };
  return `${general}: ${describeDefinitionChange(was, is)}`;
}

function toGated(ruling: Ruling): Gated {
  if (ruling.verdict === "allow") return { type: "free", rule: ruling.rule };
  if (ruling.verdict === "deny") return { type: "deny", reason: ruling.reason };
  return { type: "ask", ...wanted(ruling) };
}

/** The same for a call at its gate: only where rules ask, of what nobody was asked about before. */
export async function passOf(
  { activation, call, frame, tool }: CallSite,
  { verdict, args }: { verdict: Gated; args: Arguments },
): Promise<string | undefined> {
  const { passes, state: run } = activation;
  if (passes === undefined || verdict.type !== "ask" || verdict.alone) return undefined;
  if (call.approval !== undefined || call.unknown !== undefined) return undefined;
  if (tool.previews?.binds === true) return undefined;
  if (args.problem !== undefined || args.shown === undefined) return undefined;
  const asked = wanted({ verdict: "ask", ...verdict });
  const needed = neededLevel({ call, tool, approver: asked.approver });
  const { path } = frame;
  return passes.passOf({ run, call, path, tool, args, needed, reason: asked.reason });
}

/** Whether a call has to be asked about by itself, that a yes to all calls of its tool would let run. */
export async function isBeyondSticky(
  { activation, call, frame, tool }: CallSite,
  { decision, args, asked }: { decision: Verdict; args: Arguments; asked: Wanted },
): Promise<boolean> {
  const { passes, state: run } = activation;
  if (passes === undefined || decision.scope !== "always") return false;
  if (call.approval?.decision === decision || args.shown === undefined) return false;
  const needed = neededLevel({ call, tool, approver: asked.approver });
  const { path } = frame;
  return passes.isAlone({ run, call, path, tool, args, needed, reason: asked.reason });
}
