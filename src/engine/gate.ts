import { errorMessage } from "../lib/errors.ts";
import { withinTime } from "../lib/within-time.ts";
import type { Arguments } from "./arguments.ts";
import type { Wanted } from "./ask.ts";
import type { CallSite } from "./call.ts";
import { describeDefinitionChange } from "./definition-change.ts";
import type { Ruling } from "./driver.ts";

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
  const ruled = await judgeByRules(site, args);
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
  return judgeByTool(site, args);
}

/**
 * What rules say of a call: those of the tool and those of the process, the stricter of the two;
 * `undefined` where there are none. A rule that cannot be asked asks.
 */
export async function judgeByRules(
  { tool }: CallSite,
  args: Arguments,
): Promise<Ruling | undefined> {
  try {
    return await withinTime(tool.ruled(args), POLICY);
  } catch (error) {
    return { verdict: "ask", reason: policyFailed(error) };
  }
}

/** What rules that ask want of the decision. */
export function wanted(ruling: Ruling | undefined): Wanted {
  if (ruling?.verdict !== "ask") return {};
  const { reason, approver, timeout, alone } = ruling;
  return { reason, approver, timeout, alone };
}

function policyFailed(error: unknown): string {
  return `The policy failed: ${errorMessage(error).slice(0, 200)}`;
}

function changeSince({ activation, call, tool }: CallSite): string {
  const general = "The tool's definition changed since this call was asked about";
  const { toolDigest } = call.approval ?? {};
  const before = activation.state.definitions.get(`${tool.name}:${toolDigest ?? ""}`);
  if (before === undefined || !tool.isRuled) return general;
  const was = { ...before, parameters: before.schema };
  const is = { ...tool.definition, parameters: tool.definition.schema };
  return `${general}: ${describeDefinitionChange(was, is)}`;
}

async function judgeByTool({ tool }: CallSite, args: Arguments): Promise<Gated> {
  try {
    const ruling = await withinTime(tool.rule(args), POLICY);
    if (ruling.verdict === "allow") return { type: "free", rule: ruling.rule };
    if (ruling.verdict === "deny") return { type: "deny", reason: ruling.reason };
    return { type: "ask", ...wanted(ruling) };
  } catch (error) {
    return { type: "ask", reason: policyFailed(error) };
  }
}
