import type { ListedApproval, PendingList } from "../inbox-lists.ts";
import { button, element, moment } from "./dom.ts";

export interface ListActions {
  choose(approvalId: string): void;
  more(): void;
}

/** How many wait, as far as they are counted. */
export function countText({ count, more }: Pick<PendingList, "count" | "more">): string {
  return more ? `${count.toLocaleString("en-US")}+` : String(count);
}

/** What waits, grouped by run; the oldest run first. */
export function pendingNodes(
  { approvals, count, more }: PendingList,
  { chosen, actions }: { chosen: string | undefined; actions: ListActions },
): Node[] {
  if (count === 0) return [emptyState()];
  const groups = Map.groupBy(approvals, ({ runId }) => runId);
  const nodes: Node[] = [...groups].map(([runId, members]) =>
    element(
      "section",
      { label: `Run ${runId}` },
      element("h3", {}, `${members[0]?.path[0] ?? ""} `, element("small", {}, runId)),
      element("ul", {}, ...members.map((each) => rowNode(each, { chosen, actions }))),
    ),
  );
  const left = count - approvals.length;
  if (left > 0) {
    const text = more ? "Show more" : `Show more (${left} left)`;
    nodes.push(button(text, { onClick: actions.more }));
  }
  return nodes;
}

function rowNode(
  { approvalId, path, tool, kind, action, createdAt, expiresAt, approver }: ListedApproval,
  { chosen, actions }: { chosen: string | undefined; actions: ListActions },
): HTMLElement {
  const row = element(
    "button",
    {
      type: "button",
      class: "row",
      "data-approval": approvalId,
      "aria-current": approvalId === chosen ? "true" : undefined,
    },
    element("b", {}, tool ?? kind),
    element("span", {}, path.join(" > ")),
    element("span", { class: "action" }, action),
    element("span", { class: "when" }, moment(createdAt), ` · needs ${approver}`),
    expiresAt === undefined
      ? undefined
      : element("span", { class: "when" }, "expires ", moment(expiresAt)),
  );
  row.addEventListener("click", () => actions.choose(approvalId));
  return element("li", {}, row);
}

function emptyState(): HTMLElement {
  return element(
    "div",
    { class: "empty" },
    element("h2", {}, "Nothing waits for you"),
    element("p", {}, "When an agent wants to use a gated tool, it stops and shows up here."),
  );
}
