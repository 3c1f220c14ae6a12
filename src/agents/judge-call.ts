import { describeDefinitionChange } from "../engine/definition-change.ts";
import type { GatedCall, GateVerdict } from "./gate.ts";
import type { FunctionTool } from "./tool.ts";
import { errorMessage } from "../lib/errors.ts";
import { isJsonObject } from "../lib/json.ts";
import type { Activation } from "./activation.ts";
import type { CallArguments } from "./ask.ts";
import { frameContext } from "./context.ts";
import type { CallSite } from "./settle-call.ts";

/** What is to become of a call that nobody decided on. */
export type Verdict =
  | { type: "free"; rule: string }
  | ({ type: "ask" } & Wanted)
  | { type: "deny"; reason: string };

/** What a policy wants of the decision. */
export type Wanted = Pick<
  Extract<GateVerdict, { verdict: "ask" }>,
  "reason" | "approver" | "timeout"
>;

/** Fails closed: what is not plainly free asks. */
export async function judgeCall(
  activation: Activation,
  site: CallSite,
  args: CallArguments,
): Promise<Verdict> {
  const ruled = await judgeByRules(activation, site, args);
  if (ruled?.verdict === "deny") return { type: "deny", reason: ruled.reason };
  if (site.call.approval !== undefined) {
    return { ...wanted(ruled), type: "ask", reason: changeSince(activation, site) };
  }
  // Nobody is asked about a call that nobody can read.
  if (ruled !== undefined && args.raw === undefined) {
    return { type: "free", rule: "unreadable arguments" };
  }
  if (ruled?.verdict === "ask") return { type: "ask", ...wanted(ruled) };
  if (ruled !== undefined && site.tool.approvalRule.type === "policy") {
    return { type: "free", rule: ruled.rule };
  }
  return judgeByTool(activation, site, args);
}

/**
 * What rules say of a call: those of the tool and those of the process, the stricter of the two;
 * `undefined` where there are none. A rule that cannot be asked asks.
 */
export async function judgeByRules(
  { policy }: Activation,
  { agent, tool }: CallSite,
  args: CallArguments,
): Promise<GateVerdict | undefined> {
  const call: GatedCall = { agent: agent.name, arguments: args.shown ?? args.raw };
  try {
    const rule = tool.approvalRule;
    if (rule.type === "policy") return await rule.judge(call);
    const verdict = policy?.({ ...call, tool: tool.name });
    // A rule of the process tightens what a tool says of itself, and loosens nothing.
    return verdict?.verdict === "allow" ? undefined : verdict;
  } catch (error) {
    return { verdict: "ask", reason: policyFailed(error) };
  }
}

/** What rules that ask want of the decision. */
export function wanted(verdict: GateVerdict | undefined): Wanted {
  if (verdict?.verdict !== "ask") return {};
  const { reason, approver, timeout } = verdict;
  return { reason, approver, timeout };
}

function policyFailed(error: unknown): string {
  return `The policy failed: ${errorMessage(error).slice(0, 200)}`;
}

function changeSince({ state }: Activation, { call, tool }: CallSite): string {
  const general = "The tool's definition changed since this call was asked about";
  const { toolDigest } = call.approval ?? {};
  const before = state.definitions.get(`${tool.name}:${toolDigest ?? ""}`);
  if (before === undefined || tool.approvalRule.type !== "policy") return general;
  const { description, schema, annotations } = before;
  const definition = { description, parameters: schema, annotations };
  return `${general}: ${describeDefinitionChange(definition, tool)}`;
}

async function judgeByTool(
  activation: Activation,
  { frame, call, tool }: CallSite,
  args: CallArguments,
): Promise<Verdict> {
  const rule: FunctionTool["approvalRule"] = tool.approvalRule;
  if (rule.type === "never") return { type: "free", rule: "needsApproval: false" };
  if (rule.type !== "dynamic") {
    return args.raw === undefined
      ? { type: "free", rule: "unreadable arguments" }
      : { type: "ask" };
  }
  if (!isJsonObject(args.raw)) {
    return { type: "ask", reason: "The arguments could not be read, so the policy was not asked" };
  }
  try {
    const input = args.problem === undefined ? args.value : args.raw;
    const answer = await rule.decide(frameContext(activation, frame), input, call.item.callId);
    if (answer === false) return { type: "free", rule: "needsApproval answered false" };
    if (answer === true) return { type: "ask" };
    return { type: "ask", reason: "The policy answered neither true nor false" };
  } catch (error) {
    return { type: "ask", reason: policyFailed(error) };
  }
}
