import type { ListedApproval } from "../inbox-lists.ts";
import { element } from "./dom.ts";

/** What was decided, the last one first. */
export function decidedNodes(
  approvals: readonly ListedApproval[],
  choose: (approvalId: string) => void,
): Node[] {
  if (approvals.length === 0) {
    return [element("div", { class: "empty" }, element("h2", {}, "Nothing was decided yet"))];
  }
  const rows = approvals.map(({ approvalId, tool, kind, action, decision }) => {
    const row = element(
      "button",
      { type: "button", class: "row", "data-approval": approvalId },
      element("b", {}, tool ?? kind),
      element("span", { class: "action" }, action),
      element("span", { class: "when" }, decision?.text ?? ""),
    );
    row.addEventListener("click", () => choose(approvalId));
    return element("li", {}, row);
  });
  return [element("ul", {}, ...rows)];
}
