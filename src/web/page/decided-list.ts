import type { DecidedList, ListedApproval } from "../inbox-lists.ts";
import { age, element } from "./dom.ts";

const marks = { approved: "Approved", rejected: "Rejected", expired: "Expired" } as const;

interface Showing {
  filter: string;
  chosen: string | undefined;
  choose(approvalId: string): void;
}

/** What was decided, the last one first: who, when, through what, what came of it, and why. */
export function decidedNodes(
  { approvals: all, note }: DecidedList,
  { filter, chosen, choose }: Showing,
): Node[] {
  const notes = note === undefined ? [] : [element("p", { class: "none" }, note)];
  const approvals = all.filter((each) => matches(each, filter));
  if (approvals.length === 0) {
    const says = element("h2", {}, "Nothing was decided yet");
    return [element("div", { class: "empty" }, says), ...notes];
  }
  const rows = approvals.map((approval) => {
    const row = rowNode(approval, chosen);
    row.addEventListener("click", () => choose(approval.approvalId));
    return element("li", {}, row);
  });
  return [element("ul", {}, ...rows), ...notes];
}

function rowNode(
  { approvalId, presentation, decision }: ListedApproval,
  chosen: string | undefined,
): HTMLElement {
  const {
    decision: verdict = "expired",
    by = "",
    channel = "",
    at = "",
    message,
    came,
  } = decision ?? {};
  const changed = decision?.arguments === undefined ? "" : " with changes";
  const said = `${marks[verdict]}${changed} by ${by}, ${channel}`;
  const why = message === undefined || message === "" ? "" : ` · “${message}”`;
  return element(
    "button",
    {
      type: "button",
      class: `row done ${verdict}`,
      "data-approval": approvalId,
      "aria-current": approvalId === chosen ? "true" : undefined,
      title: decision?.text,
    },
    element("span", { class: "what" }, presentation.headline),
    age(at),
    element("span", { class: "for" }, `${said}${why}`),
    element(
      "span",
      { class: `badge ${came === "failed" || came === "in doubt" ? "high" : "plain"}` },
      came ?? marks[verdict],
    ),
  );
}

function matches(approval: ListedApproval, filter: string): boolean {
  const { presentation, decision, tool = "", path } = approval;
  const text = [
    presentation.headline,
    presentation.title,
    tool,
    ...path,
    decision?.text,
    decision?.message,
    decision?.came,
  ]
    .join(" ")
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
