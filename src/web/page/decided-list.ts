import type { ListedApproval } from "../inbox-lists.ts";
import { age, element } from "./dom.ts";
import type { ListRow } from "./list-view.ts";

const marks = { approved: "Approved", rejected: "Rejected", expired: "Expired" } as const;

/** What was decided, the last one first: who, when, through what, what came of it, and why. */
export function decidedRows(approvals: readonly ListedApproval[], filter: string): ListRow[] {
  return approvals
    .filter((each) => matches(each, filter))
    .map((approval) => ({ key: approval.approvalId, make: () => rowNode(approval) }));
}

export function nothingDecided(): HTMLElement {
  return element("div", { class: "empty" }, element("h2", {}, "Nothing was decided yet"));
}

function rowNode({ presentation, decision }: ListedApproval): HTMLElement {
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
