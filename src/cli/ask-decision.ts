import type { GrantRequest } from "../runs/grants/grant.ts";
import { isDecidedAlone, timesToRun } from "../runs/hold/presentation.ts";
import type { ApprovalReport } from "../runs/run-report.ts";
import type { RunService } from "../runs/run-service.ts";
import { againLines } from "../runs/hold/words.ts";
import { visibleText } from "../runs/shown-text.ts";
import { describeAlsoWaiting, describeApproval, describeOffer } from "./describe.ts";
import { askFact, shownOf, type HereVerdict } from "./decide-here.ts";
import { editJson } from "./edit-json.ts";
import type { CommandContext } from "./terminal.ts";

const KEYS = {
  y: "yes, let it run",
  n: "no, and say why",
  e: "edit the arguments, then look again",
  t: "run it as often as it was asked for at once",
  a: "always: for how long is asked next",
  v: "view everything once more",
  s: "skip it for now",
  "?": "this",
} as const;

const DAY_S = 24 * 60 * 60;
const SPANS = { d: DAY_S, m: 30 * DAY_S } as const;

/** What somebody at a terminal says of a call: a verdict, later, or nothing at the end of input. */
export type Said = HereVerdict | "skip" | undefined;

/** Asks by one key. */
export async function askDecision(
  service: RunService,
  { terminal, env }: CommandContext,
  approval: ApprovalReport,
): Promise<Said> {
  let changed: unknown;
  for (;;) {
    const key = await terminal.choose(question(approval, changed !== undefined), Object.keys(KEYS));
    switch (key) {
      case undefined:
        return undefined;
      case "y":
        return {
          decision: "approved",
          ...(changed === undefined ? {} : { arguments: changed }),
          ...(await askFact(terminal, { approval, changed })),
        };
      case "n": {
        const message = await terminal.ask("Why not? (Enter for no reason): ");
        return { decision: "rejected", ...(message ? { message } : {}) };
      }
      case "e": {
        const edited = await editJson(approval.arguments, { terminal, env });
        if (edited === undefined) break;
        changed = edited;
        terminal.print(`It would run with:\n${visibleText(JSON.stringify(edited, undefined, 2))}`);
        break;
      }
      case "t": {
        const often = await askTimes(terminal, approval, changed);
        if (often !== undefined) return often;
        break;
      }
      case "a": {
        const always = await askScope(service, terminal, approval);
        if (always !== undefined) return always;
        break;
      }
      case "v":
        if (!terminal.page(describeApproval(approval))) terminal.print(describeApproval(approval));
        break;
      case "s":
        return "skip";
      default:
        terminal.print(help(approval));
    }
  }
}

type Terminal = CommandContext["terminal"];

function question(approval: ApprovalReport, isChanged: boolean): string {
  const what = isChanged ? "Let it run with the changes?" : "Let it run?";
  const times = timesToRun(approval);
  const often = times > 1 && !isChanged ? `, t ${times} times` : "";
  const always = isDecidedAlone(approval) ? "" : ", a always";
  return `${what} (y/n) e edit${often}${always}, v all, s skip, ?: `;
}

function help(approval: ApprovalReport): string {
  return Object.entries(KEYS)
    .filter(([key]) => key !== "a" || !isDecidedAlone(approval))
    .filter(([key]) => key !== "t" || timesToRun(approval) > 1)
    .map(([key, says]) => `  ${key}  ${says}`)
    .join("\n");
}

/** As often as it was asked for at once; `undefined` where they think again. */
async function askTimes(
  terminal: Terminal,
  approval: ApprovalReport,
  changed: unknown,
): Promise<HereVerdict | undefined> {
  const times = timesToRun(approval);
  if (times === 1 || changed !== undefined) {
    terminal.print("A call like this one runs once.");
    return undefined;
  }
  terminal.print(againLines(approval.presentation).join("\n"));
  const isMeant = (await terminal.confirm(`Let it run ${times} times?`)) === true;
  return isMeant ? { decision: "approved", always: true, times } : undefined;
}

/** How far a yes goes; `undefined` where they think again. */
async function askScope(
  service: RunService,
  terminal: Terminal,
  approval: ApprovalReport,
): Promise<HereVerdict | undefined> {
  if (isDecidedAlone(approval)) {
    terminal.print("A call like this one is decided by itself.");
    return undefined;
  }
  const offer = await service.offerGrant(approval.approvalId);
  const spans = offer === undefined ? [] : Object.keys(SPANS);
  // A run that is one call has no later ones.
  const inRun = approval.presentation.times === undefined ? ["r"] : [];
  const offered = [
    ...(inRun.length === 0 ? [] : ["r in this run"]),
    ...(spans.length === 0 ? [] : ["calls like it: d a day, m 30 days"]),
  ];
  const keys = [...inRun, ...spans, "b"];
  const key = await terminal.choose(`Later calls too: ${offered.join("; or ")}; b back: `, keys);
  if (key === "r") {
    terminal.print(describeAlsoWaiting(approval, "approved"));
    return (await terminal.confirm("Let them all run?")) === true
      ? { decision: "approved", always: true }
      : undefined;
  }
  if (key !== "d" && key !== "m") return undefined;
  const grant: GrantRequest = { seconds: SPANS[key], ...shownOf(offer) };
  terminal.print(describeOffer(offer, grant));
  const isMeant = (await terminal.confirm("Let them all run?")) === true;
  return isMeant ? { decision: "approved", grant } : undefined;
}
