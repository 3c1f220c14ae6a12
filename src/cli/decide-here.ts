import type { ApproverLevel } from "../engine/vocabulary.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId } from "../lib/ids.ts";
import { factWanted } from "../runs/decided-alone.ts";
import type { DecisionOutcome, DecisionRequest } from "../runs/decision-request.ts";
import type { GrantOffer } from "../runs/grants/give.ts";
import type { GrantRequest } from "../runs/grants/grant.ts";
import { factToType, timesToRun } from "../runs/hold/presentation.ts";
import { againLines } from "../runs/hold/words.ts";
import type { ApprovalReport } from "../runs/run-report.ts";
import type { RunService } from "../runs/run-service.ts";
import { visibleLine } from "../runs/shown-text.ts";
import { describeAlsoWaiting, describeApproval, describeOffer } from "./describe.ts";
import { callerHere, provePerson, terminalUser } from "./person.ts";
import type { CommandContext, Terminal } from "./terminal.ts";

/** What whoever is here says; who they are is not theirs to say. */
export type HereVerdict = Pick<
  DecisionRequest,
  "decision" | "always" | "times" | "arguments" | "message" | "grant" | "typed"
>;

export interface DecideHere {
  approvalId: string;
  verdict: HereVerdict;
  /** Said below the call, before the question. */
  note?: string | undefined;
  /** Asks whoever is here, who may say something else; `undefined` where nobody is to be asked. */
  confirm: ((approval: ApprovalReport) => Promise<Partial<HereVerdict> | undefined>) | undefined;
}

/** What a verdict came to, and which it was. */
export interface DecidedHere {
  came: "decided" | "already";
  decision: HereVerdict["decision"];
}

/**
 * Shows a call and, where whoever is here agrees, records the verdict.
 *
 * @returns `undefined` when nothing was decided
 * @throws HoldpointError `not_allowed` for an approval that needs a person, where no terminal is
 */
export async function decideHere(
  service: RunService,
  context: CommandContext,
  { approvalId, verdict, note, confirm }: DecideHere,
): Promise<DecidedHere | undefined> {
  const { terminal } = context;
  const approval = await service.approval(approvalId as ApprovalId);
  let said: Partial<HereVerdict> | undefined = {};
  if (approval.isOpen) {
    await service.noteShown(approval.approvalId, { by: terminalUser(), channel: "terminal" });
    show(approval, terminal);
    if (note !== undefined) terminal.print(note);
    if (verdict.always === true && approval.presentation.times !== undefined) {
      if (timesToRun(approval) > 1) terminal.print(againLines(approval.presentation).join("\n"));
    } else if (verdict.always === true) {
      const others = describeAlsoWaiting(approval, verdict.decision);
      if (!terminal.page(others)) terminal.print(others);
    }
    if (verdict.grant !== undefined) {
      const offer = await service.offerGrant(approval.approvalId);
      const text = describeOffer(offer, verdict.grant);
      if (!terminal.page(text)) terminal.print(text);
      // Nothing else than what was shown is let run.
      verdict.grant = { ...verdict.grant, ...shownOf(offer) };
    }
    said = confirm === undefined ? {} : await confirm(approval);
    // Who says what is decided was asked for that, too.
    const isYes = said?.decision === undefined && verdict.decision === "approved";
    if (said !== undefined && confirm !== undefined && isYes) {
      Object.assign(said, await askFact(terminal, { approval, changed: verdict.arguments }));
    }
  }
  if (said === undefined) {
    terminal.print("Nothing was decided.");
    return undefined;
  }
  const meant = { ...verdict, ...said };
  const { outcome, why } = await decideAs(service, context, { approval, verdict: meant });
  if (outcome.type !== "needs_stronger_approval") {
    return { came: outcome.type, decision: meant.decision };
  }
  throw new HoldpointError(
    "not_allowed",
    `Nothing was decided: this call ${tooWeak(outcome.needed, why)}. Run the same command on a terminal of your own, or decide in the inbox`,
  );
}

/** The same as it is told. */
export function cameText({ came, decision }: DecidedHere): string {
  if (came === "already") return `It was ${decision} already.`;
  return decision === "approved" ? "Approved." : "Rejected.";
}

/** Of a high risk: a fact that somebody must have read to type it. */
export async function askFact(
  terminal: Terminal,
  { approval, changed }: { approval: ApprovalReport; changed: unknown },
): Promise<Pick<HereVerdict, "typed">> {
  const fact = factToType(approval);
  if (fact === undefined) return {};
  const wanted = visibleLine(factWanted(fact, changed));
  const typed = await terminal.ask(`High risk. Type the ${fact.name} to approve (${wanted}): `);
  return typed === undefined ? {} : { typed };
}

/** Why whoever is here does not reach: "needs a yes of level person, and a pipe is no person". */
export function tooWeak(needed: ApproverLevel, why: string | undefined): string {
  return `needs a yes of level ${needed}${why === undefined ? "" : `, and ${why}`}`;
}

/**
 * Decides as whoever is here. Who enrolled a PIN is asked for it where less does not reach, and for
 * what is to hold for all later calls.
 *
 * @returns what it came to, and why whoever is here is no more than they are
 * @throws HoldpointError `not_allowed` for a wrong PIN, `already_decided`
 */
export async function decideAs(
  service: RunService,
  context: CommandContext,
  { approval, verdict }: { approval: ApprovalReport; verdict: HereVerdict },
): Promise<{ outcome: DecisionOutcome; why: string | undefined }> {
  const here = callerHere(context, service.location);
  const decide = async (isWanted: boolean): Promise<DecisionOutcome> => {
    const { why: _why, ...caller } = await provePerson(here, { context, isWanted });
    return service.decide(approval.approvalId, {
      ...verdict,
      ...caller,
      ...(verdict.always === true ? { others: idsOf(approval.alsoWaiting) } : {}),
    });
  };
  const isMore = verdict.always === true || verdict.grant !== undefined;
  const isForAll = isMore && verdict.decision === "approved";
  const outcome = await decide(isForAll && approval.isOpen);
  const falls = outcome.type === "needs_stronger_approval" && here.level === "person";
  return { outcome: falls && !isForAll ? await decide(true) : outcome, why: here.why };
}

export function shownOf(offer: GrantOffer | undefined): Pick<GrantRequest, "covers" | "releases"> {
  return offer === undefined ? {} : { covers: offer.covers, releases: idsOf(offer.releases) };
}

function idsOf(approvals: readonly ApprovalReport[] = []): string[] {
  return approvals.map(({ approvalId }) => approvalId);
}

/** What does not fit on the screen is shown by the pager; what is decided on stays in sight. */
export function show(approval: ApprovalReport, terminal: Terminal): void {
  const text = describeApproval(approval, terminal.paint);
  if (terminal.page(text)) terminal.print(`${approval.approvalId}: ${approval.action}`);
  else terminal.print(text);
}
