import { decisionOf, stickyKey } from "./approvals.ts";
import type { DriverStep, Planner, Target } from "./driver.ts";
import { isOver, isRunning, nestedFrame } from "./frames.ts";
import type { Approval, Call, Frame, Run, Verdict } from "./state.ts";

/**
 * What can be done with a call:
 * `gate` find out whether it must wait, and run it if not; `run` it was approved; `refuse` it was
 * rejected or expired; `doubt` an attempt may or may not have had its effect; `state` a person said
 * what came of it; `collect` its nested run is over.
 */
export type CallAction = "gate" | "run" | "refuse" | "doubt" | "state" | "collect";

export interface CallStep {
  readonly type: "call";
  readonly key: string;
  readonly frame: Frame;
  readonly call: Call;
  readonly action: CallAction;
  readonly target: Target;
  /** The decision that it runs or is refused by. */
  readonly decision?: Verdict | undefined;
}

export type Step<S extends DriverStep = DriverStep> =
  | CallStep
  | { readonly type: "driver"; readonly key: string; readonly step: S };

/** Keys of the steps that are being performed. */
export type InFlight = ReadonlyMap<string, unknown>;

const NOTHING: InFlight = new Map();

/**
 * Names everything that can be done now and is not in flight, over all nested runs; looks at open
 * calls only. Pure, and the whole scheduling rule.
 *
 * @param options `epoch`: the claim to judge by, what was started under an earlier one is in doubt
 */
export function nextSteps(
  run: Run,
  bound: Planner,
  { epoch = run.epoch, inFlight = NOTHING }: { epoch?: number; inFlight?: InFlight } = {},
): Step[] {
  if (run.failure !== undefined && epoch === run.epoch) return [];
  const steps: Step[] = [];
  for (const key of run.live) {
    const frame = run.frames.get(key);
    if (frame !== undefined) steps.push(...frameSteps(run, bound, { frame, epoch }));
  }
  // Once an error stands, what is open is still settled, and nothing more is proposed.
  const hasError = run.erredIn === epoch && epoch > 0;
  const ready = steps.filter((step) => isReady(step, { inFlight, hasError }));
  if (ready.length > 0 || inFlight.size > 0 || hasRunning(run, epoch)) return ready;
  return bound.rest(run).map((step) => ({ type: "driver", key: step.key, step }));
}

function isReady(
  step: Step,
  { inFlight, hasError }: { inFlight: InFlight; hasError: boolean },
): boolean {
  if (inFlight.has(step.key)) return false;
  if (step.type === "call") return true;
  const { kind, after, frame } = step.step;
  if (kind === "propose" && hasError) return false;
  if (after === undefined || inFlight.size === 0) return true;
  const calls = callKey(frame, "");
  for (const key of inFlight.keys()) if (key.startsWith(calls)) return false;
  return true;
}

function frameSteps(
  run: Run,
  bound: Planner,
  { frame, epoch }: { frame: Frame; epoch: number },
): Step[] {
  const { steps, calls } = bound.next(run, frame, epoch);
  const own = steps.map((step): Step => ({ type: "driver", key: step.key, step }));
  if (calls === "hold") return own;
  const open = [...frame.open].map((call) => ({ call, target: bound.target(frame, call) }));
  return [
    ...own,
    ...open.flatMap(({ call, target }) => callSteps(run, { frame, call, target, epoch }) ?? []),
  ];
}

/** Whether nothing came between: no decision, no late outcome. By the same decision. */
export function isStillNext(
  { state: run, bound }: { state: Run; bound: Planner },
  step: CallStep,
): boolean {
  const frame = run.frames.get(step.frame.key);
  const call = frame?.calls.get(step.call.item.callId);
  if (frame === undefined || call === undefined || !run.live.has(frame.key)) return false;
  if (!frame.open.has(call)) return false;
  const { epoch } = run;
  const next = callSteps(run, { frame, call, target: bound.target(frame, call), epoch });
  return next?.action === step.action && next.decision?.seq === step.decision?.seq;
}

function callSteps(
  run: Run,
  place: { frame: Frame; call: Call; target: Target; epoch: number },
): CallStep | undefined {
  const { frame, call, target, epoch } = place;
  if (target.type === "own") return undefined;
  const step = (action: CallAction, decision?: Verdict): CallStep => {
    const key = callKey(frame, call.item.callId);
    return { type: "call", key, frame, call, action, target, decision };
  };
  if (call.nested) {
    const child = nestedFrame(run, frame, call.item.callId);
    return child !== undefined && isOver(child) ? step("collect") : undefined;
  }
  if (call.started !== undefined) {
    if (isRunning(call, epoch)) return undefined;
    const asked = askedAgain(call);
    if (asked === undefined) return step("doubt");
    if (asked.decision === undefined) return undefined;
    return step(asked.decision.decision === "approved" ? "run" : "state", asked.decision);
  }
  return gateStep(run, place, step);
}

function gateStep(
  run: Run,
  { call, target }: { call: Call; target: Target },
  step: (action: CallAction, decision?: Verdict) => CallStep,
): CallStep | undefined {
  const { digest, binds = false } = "digest" in target ? target : {};
  const { approval } = call;
  // A tool that is not there now says nothing against what was asked about it.
  const isThere = target.type !== "missing";
  const isAsked = approval !== undefined && !approval.isWithdrawn;
  if (isAsked && (!isThere || approval.toolDigest === digest)) {
    const decision = decisionOf(run, approval);
    if (decision === undefined) return undefined;
    return step(decision.decision === "approved" ? "run" : "refuse", decision);
  }
  const key = stickyKey({ agent: call.agent, tool: call.item.name, toolDigest: digest });
  const covered = binds ? undefined : run.sticky.get(key);
  if (covered === undefined) return step("gate");
  return step(covered.decision === "approved" ? "run" : "refuse", covered);
}

/** The request that asks what came of the last attempt. */
function askedAgain(call: Call): Approval | undefined {
  const { approval, started } = call;
  if (approval?.kind !== "outcome_unknown" || approval.isWithdrawn) return undefined;
  return started !== undefined && approval.seq > started.seq ? approval : undefined;
}

/** Whether a call runs now, as far as the journal tells. */
function hasRunning(run: Run, epoch: number): boolean {
  for (const key of run.live) {
    for (const call of run.frames.get(key)?.open ?? []) {
      if (!call.nested && isRunning(call, epoch)) return true;
    }
  }
  return false;
}

function callKey({ key }: Frame, callId: string): string {
  return `call ${key} ${callId}`;
}
