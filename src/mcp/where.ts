import { isSharedStore } from "../lib/store-name.ts";
import { previewText, type ShownPreview } from "../runs/hold/preview-lines.ts";
import { fitsInForm, formText } from "../runs/hold/words.ts";
import type { ApprovalReport } from "../runs/run-report.ts";
import type { ApprovalBrief } from "../runs/look-at-runs.ts";
import type { CallContext, McpDeps } from "./mcp-tool.ts";

/** Who looks at an approval through this face, and what their client can do. */
export interface Viewer {
  /** Name and version of the client, as it gave them. */
  readonly client: string;
  /** Whether it shows forms to its person. */
  readonly canAsk: boolean;
  readonly location: string;
  /** Whether every client may approve what others asked for. */
  readonly shared: boolean;
  /** Where an inbox of this store is, while there is one. */
  inboxUrl?(): string | undefined;
}

export function viewerOf(
  { service, approvers, inboxUrl }: McpDeps,
  { client, canAsk }: Pick<CallContext, "client" | "canAsk">,
): Viewer {
  const { location } = service;
  const shared = approvers?.shared === true;
  return { client, canAsk, location, shared, ...(inboxUrl === undefined ? {} : { inboxUrl }) };
}

/** Whether a call of the tool `approve` is all that it takes, once its preview was seen too. */
export function isForClient(
  { approver, actionTruncated, startedBy }: Omit<ApprovalBrief, "hasPreview" | "isOpen" | "runId">,
  viewer: Viewer,
): boolean {
  return approver === "client" && !actionTruncated && !isForeign({ startedBy }, viewer);
}

/** By which way a yes to a call can be given through this client, if by any, and why not simpler. */
export interface WayToApprove {
  readonly way: "approve" | "form" | "elsewhere";
  readonly why?: "level" | "foreign" | "long" | undefined;
}

export function wayToApprove(report: ApprovalReport, viewer: Viewer): WayToApprove {
  const { approver } = report;
  const { preview } = report.presentation;
  const isSeen = preview === undefined || !isTooLong(preview);
  if (isSeen && isForClient(report, viewer)) return { way: "approve" };
  if (approver === "person") return { way: "elsewhere", why: "level" };
  if (approver === "client" && isForeign(report, viewer)) {
    return { way: "elsewhere", why: "foreign" };
  }
  const why = approver === "client" ? "long" : "level";
  if (!fitsInForm(formText(report))) return { way: "elsewhere", why: "long" };
  return { way: viewer.canAsk ? "form" : "elsewhere", why };
}

/** The most characters of what a call would change that a model is given to show. */
export const PREVIEW_LIMIT = 4_000;

/** Whether what it would change is cut where calls are listed. */
function isTooLong(preview: ShownPreview): boolean {
  return previewText(preview).length > PREVIEW_LIMIT;
}

/** A guard against accidents, and no boundary: a client can call itself what it likes. */
function isForeign(
  { startedBy }: Pick<ApprovalReport, "startedBy">,
  { client, shared }: Viewer,
): boolean {
  if (shared) return false;
  // Journals of the version before do not say who started a run.
  if (startedBy === undefined) return false;
  return startedBy.channel !== "mcp" || clientName(startedBy.by) !== clientName(client);
}

/** Without its version: a client that was updated is still the same. */
function clientName(nameAndVersion: string): string {
  return nameAndVersion.replace(/ \S*$/, "");
}

/** Where somebody who may decide can; nothing where `approve` will do. Says where, and not how. */
export function whereToApprove(report: ApprovalReport, viewer: Viewer): string | undefined {
  const { way, why } = wayToApprove(report, viewer);
  if (way === "approve") return undefined;
  const place = placeOf(viewer);
  if (way === "form") {
    return `approve asks the user by a form of their client; their answer to it decides. Where none appears, they decide ${place}`;
  }
  return `${reasonFor(report, { why, canAsk: viewer.canAsk })}: they decide ${place}`;
}

function tooLong({ actionTruncated, presentation: { preview } }: ApprovalReport): string {
  const isPreview = !actionTruncated && preview !== undefined && isTooLong(preview);
  return isPreview ? "What it would change is too long" : "The arguments are too long";
}

function reasonFor(
  report: ApprovalReport,
  { why, canAsk }: { why: WayToApprove["why"]; canAsk: boolean },
): string {
  if (why === "foreign") {
    return "Another client, a terminal or a program started this run, so the user does not decide on it through this one";
  }
  if (why === "long") {
    return canAsk
      ? `${tooLong(report)} to be shown completely by this client`
      : `${tooLong(report)} to be repeated, and this client shows no forms`;
  }
  return report.approver === "person"
    ? "A person must decide this outside of this conversation"
    : "The user must answer this themselves, and this client shows no forms";
}

/** Without a secret and without a command: who only reads this gets nowhere by it. */
function placeOf({ location, ...viewer }: Viewer): string {
  const inboxUrl = viewer.inboxUrl?.();
  const inbox = inboxUrl === undefined ? "in Holdpoint's inbox" : `in the inbox at ${inboxUrl}`;
  if (!isSharedStore(location)) {
    return inboxUrl === undefined
      ? "nowhere but in the inbox of this server, which was started without one"
      : inbox;
  }
  return `${inbox} or on a terminal of their own`;
}
