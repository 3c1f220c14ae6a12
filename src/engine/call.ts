import { isPending } from "../lib/pending.ts";
import { failFrame } from "./activation.ts";
import { isEnough, stickyKey } from "./approvals.ts";
import { argumentsToRun, digestOf, isTooLong } from "./arguments.ts";
import {
  askAboutCall,
  askAboutLostCall,
  describeVoid,
  neededLevel,
  withUnknown,
  type CallRequest,
  type Wanted,
} from "./ask.ts";
import type { CallSite } from "./call-site.ts";
import type { Activation, Place, Target } from "./driver.ts";
import type { DraftOf } from "./entries.ts";
import { answerInvalid, executeTool, passesGuards, type Ground } from "./execute.ts";
import { isAnswered } from "./frames.ts";
import { judgeCall, judgeBy, wanted, type Gated, isBeyondSticky, passOf } from "./gate.ts";
import { collectNested, startNested } from "./nested.ts";
import { askWithPreview } from "./preview.ts";
import { describeAttempt, IDEMPOTENT, isDeadly, livingStarter, lostWith } from "./starter.ts";
import type { Call, Verdict } from "./state.ts";
import type { CallStep } from "./steps.ts";
import type { Arguments } from "./tool.ts";
import { strictest, type ApproverLevel } from "./vocabulary.ts";

const EXPIRED = "Nobody decided on this tool call in time. It was not run.";

/** Brings one call a step further: asks, runs, refuses, or collects. */
export function settleCall(activation: Activation, step: CallStep): Promise<void> {
  const { frame, call, target, decision } = step;
  const { bound } = activation;
  const place: Place = { activation, frame, call };
  if (target.type === "missing") return settleWithoutTool(place, step, target);
  if (target.type !== "tool" && target.type !== "nested") return answerUnknown(place);
  const asked = call.approval ?? ("again" in target ? target.again : undefined);
  const site: CallSite = { ...place, tool: bound.tool(activation, frame, call), step, asked };
  switch (step.action) {
    case "gate":
      return gate(site);
    case "run":
      return runApproved(site, decision);
    case "refuse":
      return refuse(site, decision);
    case "doubt":
      return settleDoubt(site);
    case "state":
      return stateOutcome(site, decision);
    case "collect":
      return collectNested(site);
  }
}

/**
 * The tool's source has no such tool now. What nobody decided on waits; what may run, or was
 * approved, is told to the proposer, which may ask again once the tool is back.
 */
async function settleWithoutTool(
  place: Place,
  { action, decision }: CallStep,
  { reason, level: wantedLevel }: Extract<Target, { type: "missing" }>,
): Promise<void> {
  const { activation, frame, call } = place;
  if (action === "refuse") return refuse(place, decision);
  if (action === "doubt" || action === "state") {
    const level = wantedLevel();
    if (action === "state" && isSaidByEnough(call, { decision, level })) {
      return answerAsStated(place, decision);
    }
    await activation.append(frame.path, [askAboutLostCall(call, { reason, level })]);
    return;
  }
  const again = call.started === undefined ? "" : " again; what came of the first time is unknown";
  const output = `Tool '${call.item.name}' is not available: ${reason}. The call was not run${again}.`;
  await answer(place, { outcome: "invalid", output });
}

/** Whether those may say what came of a call who said it. */
function isSaidByEnough(
  { approval }: Call,
  { decision, level }: { decision: Verdict | undefined; level: ApproverLevel | undefined },
): boolean {
  const needed = strictest([approval?.approver, level]);
  return decision === undefined || isEnough(decision, { kind: "outcome_unknown", needed });
}

async function answerAsStated(place: Place, decision: Verdict | undefined): Promise<void> {
  const isExpired = decision?.decision === "expired";
  if (isExpired && place.call.approval?.expiry === "fail") return expire(place);
  const output = decision?.message ?? "The outcome of this call is unknown. It was not run again.";
  await answer(place, { outcome: "stated", output });
}

async function answer(
  { activation, frame, call }: Place,
  fields: Omit<DraftOf<"call_answered">, "type" | "callId">,
): Promise<void> {
  const { callId } = call.item;
  await activation.append(frame.path, [{ type: "call_answered", callId, ...fields }]);
}

/** The name stands for nothing: the proposer is told, or the frame fails. */
export async function answerUnknown(place: Place): Promise<void> {
  const said = await place.activation.bound.words.notFound(place);
  if (typeof said === "string") return answer(place, { outcome: "invalid", output: said });
  return failFrame(place.activation, place.frame, { error: said });
}

/** Finds out whether a call must wait for a person; runs it when not. */
async function gate(site: CallSite): Promise<void> {
  const { activation, frame, call, tool } = site;
  const enabled = tool.enabled();
  if (!(isPending(enabled) ? await enabled : enabled)) return answerUnknown(site);
  const args = tool.read(call.item.arguments);
  // Nobody is asked about what would not run.
  if (isTooLong(call)) return answerInvalid(site, args);
  const verdict = await judgeCall(site, args);
  // A decision that came while the policy was thinking goes before its answer.
  const now = activation.frame(frame.path).calls.get(call.item.callId);
  if (now === undefined || now.approval !== call.approval || isAnswered(now)) return;
  const of = { agent: call.agent, tool: tool.name, toolDigest: tool.digest };
  const isCovered = tool.previews?.binds !== true && activation.state.sticky.has(stickyKey(of));
  if (isCovered) return;
  if (verdict.type === "deny") return deny(site, verdict.reason);
  // What is not known to be undone is never done unasked.
  if (verdict.type === "free" && call.unknown === undefined) {
    await startCall(site, { args, ground: verdict });
    return;
  }
  return askUnlessPassed(site, { args, verdict });
}

/** Asks about a call, where no yes that was given for later ones lets it run. */
async function askUnlessPassed(
  site: CallSite,
  { args, verdict }: { args: Arguments; verdict: Gated },
): Promise<void> {
  const pass = await passOf(site, { verdict, args });
  if (pass !== undefined) return startCall(site, { args, ground: { rule: pass } });
  if (site.tool.guardsBeforeAsking && !(await passesGuards(site))) return;
  const { reason, approver, timeout, alone }: Wanted = verdict.type === "ask" ? verdict : {};
  const why = withUnknown(site.call, reason);
  await ask(site, { args, kind: "tool_call", approver, timeout, alone, ...why });
}

async function ask(site: CallSite, request: Omit<CallRequest, "call" | "tool">): Promise<void> {
  const { activation, frame, call, tool } = site;
  const { state: run, recorder } = activation;
  const drafts = askAboutCall({ run, clock: recorder.clock }, { call, tool, ...request });
  if (tool.previews !== undefined) {
    return askWithPreview(site, { drafts, args: request.args });
  }
  await activation.append(frame.path, drafts);
}

/**
 * Asks anew where a decision does not reach what the rules of now want: what was decided is kept,
 * and void (S7). False where it counts.
 */
async function asksAnew(
  site: CallSite,
  { decision, args, asked }: { decision: Verdict; args: Arguments; asked: Wanted },
): Promise<boolean> {
  const { call, tool } = site;
  const kind = kindAsked(call);
  const needed = neededLevel({ call, tool, ...asked });
  if (isEnough(decision, { kind, needed })) return false;
  const why = describeVoid(decision, needed);
  const reason = asked.reason === undefined ? why : `${why}. ${asked.reason}`;
  // One on all calls of a tool is not this call's own: it goes on to count for others.
  const voids = call.approval?.decision === decision ? call.approval.approvalId : undefined;
  await ask(site, { args, kind, ...asked, reason, voids });
  return true;
}

function kindAsked({ approval }: Call): CallRequest["kind"] {
  return approval?.kind === "outcome_unknown" ? approval.kind : "tool_call";
}

/** Goes on with what somebody says came of a call, where they may say it. */
async function stateOutcome(site: CallSite, decision: Verdict | undefined): Promise<void> {
  const args = argumentsToRun(site.tool, site.call);
  const asked = wanted(await judgeBy(site.tool.ruled, args));
  if (decision !== undefined && (await asksAnew(site, { decision, args, asked }))) return;
  await answerAsStated(site, decision);
}

/** A rule forbids the call, whoever approved it. */
async function deny(place: Place, reason: string): Promise<void> {
  const output = `This call is denied by policy and was not run: ${reason}`;
  await answer(place, { outcome: "denied", output });
}

async function runApproved(site: CallSite, decision: Verdict | undefined): Promise<void> {
  const { activation, call, tool } = site;
  if (decision === undefined) throw new Error("A call runs only by a decision");
  const args = argumentsToRun(tool, call);
  // Paths may lead elsewhere by now, arguments may be the approver's, rules may have changed.
  const ruled = await judgeBy(site.tool.ruled, args);
  if (ruled?.verdict === "deny") return deny(site, ruled.reason);
  const asked = wanted(ruled);
  if (await asksAnew(site, { decision, args, asked })) return;
  if (await isBeyondSticky(site, { decision, args, asked })) {
    const why = `Of high risk: the yes of ${decision.by.slice(0, 100)} to all calls of this tool is none to it`;
    const reason = asked.reason === undefined ? why : `${why}. ${asked.reason}`;
    return ask(site, { args, kind: "tool_call", ...asked, reason, alone: true });
  }
  if ((await livingStarter(call, activation.starter)) !== undefined) return settleDoubt(site);
  if (isVoid(site, { decision, args })) {
    const reason = "The arguments that would run are not those that were approved";
    const kind = kindAsked(call);
    return ask(site, { args: tool.read(call.item.arguments), kind, ...asked, reason });
  }
  if (!(await tool.enabled())) {
    throw activation.bound.words.misuse(
      `Cannot run the approved call ${call.item.callId}: the tool "${tool.name}" is disabled now. Go on when it is enabled, or reject the call`,
    );
  }
  const attempt = call.started?.attempt;
  const ground = { decision: decision.seq, ...(attempt === undefined ? {} : { attempt }) };
  await startCall(site, { args, ground });
}

/** Whether code that changed since makes something else of the call than what was approved (S6). */
function isVoid(
  { call, tool }: CallSite,
  { decision, args }: { decision: Verdict; args: Arguments },
): boolean {
  const { approval } = call;
  if (approval === undefined) return false;
  const approved = decision.argumentsDigest ?? approval.argumentsDigest;
  return (
    approval.toolDigest !== tool.digest || digestOf(call.item.arguments, args.shown) !== approved
  );
}

/** Runs a call that may run: the tool's body, or the nested run that is its body. */
async function startCall(
  site: CallSite,
  { args, ground }: { args: Arguments; ground: Ground },
): Promise<void> {
  const { activation, frame, call } = site;
  if (args.problem !== undefined) return answerInvalid(site, args);
  const passes = passesGuards(site);
  if (!(isPending(passes) ? await passes : passes)) return;
  if (activation.bound.target(frame, call).type === "nested") return startNested(site, args.value);
  await executeTool(site, { args, ground });
}

async function refuse(place: Place, decision: Verdict | undefined): Promise<void> {
  if (decision?.decision === "expired") return expire(place);
  const output = decision?.message ?? (await place.activation.bound.words.rejected(place));
  await answer(place, { outcome: "rejected", output });
}

/** Nobody decided in time: the proposer is told, or the frame fails, as was said when it was asked. */
async function expire(place: Place): Promise<void> {
  const { activation, frame, call } = place;
  if (call.approval?.expiry === "fail") {
    return failFrame(activation, frame, { error: activation.bound.words.expired(call) });
  }
  await answer(place, { outcome: "expired", output: EXPIRED });
}

/** An attempt has no outcome: a tool that says so is run again, for any other a person is asked (S5). */
async function settleDoubt(site: CallSite): Promise<void> {
  const { activation, call, tool } = site;
  const { started } = call;
  if (started === undefined) return;
  const args = argumentsToRun(tool, call);
  const ruled = await judgeBy(site.tool.ruled, args);
  // What failed just now would fail again at once, without end; what rules forbid by now is asked.
  const mayRepeat = tool.idempotent && started.epoch < activation.epoch;
  const isDead = mayRepeat && (await isDeadly(lostWith(call), activation.starter));
  if (mayRepeat && !isDead && ruled?.verdict !== "deny") {
    return startCall(site, { args, ground: { rule: IDEMPOTENT, attempt: started.attempt } });
  }
  const cause = await describeAttempt(call, { starter: activation.starter, isDead });
  const question = `This call was started at ${started.at} ${cause}. Approve to run it again, or reject with the text that the agent shall go on with`;
  const { approver } = wanted(ruled);
  await ask(site, {
    args,
    kind: "outcome_unknown",
    approver,
    ...withUnknown(call, question),
  });
}
