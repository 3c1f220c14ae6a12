import type { GivenDecision } from "../../engine/vocabulary.ts";
import { taskOf, tierWords } from "../../runs/hold/words.ts";
import type { ListedApproval } from "../inbox-lists.ts";
import { age, button, element } from "./dom.ts";
import type { Group } from "./pending-list.ts";

/** So many calls are approved at once at most: nobody reads more than that in one go. */
export const BULK_LIMIT = 25;

export interface GroupActions {
  decide(chosen: readonly ListedApproval[], decision: GivenDecision): void;
  open(approvalId: string): void;
  back(): void;
}

/** Like calls in one table, a column for each member that tells them apart. */
export function groupNodes({ members }: Group, actions: GroupActions): HTMLElement[] {
  const [first] = members;
  if (first === undefined) return [];
  const chosen = new Set<string>();
  const say = (decision: GivenDecision) => () => actions.decide(ticked(), decision);
  const approve = button("", { class: "approve", onClick: say("approved") });
  const reject = button("", { class: "reject", onClick: say("rejected") });
  const note = element("span", { class: "idle" });
  const columns = columnsOf(members);
  const ticked = (): ListedApproval[] => members.filter(({ approvalId }) => chosen.has(approvalId));
  const show = (): void => {
    const { size } = chosen;
    const these = size === 0 ? "" : size === 1 ? " this one" : ` these ${size}`;
    approve.textContent = `Approve${these}`;
    reject.textContent = `Reject${these}`;
    approve.disabled = reject.disabled = size === 0 || size > BULK_LIMIT;
    note.textContent = noteOn(size);
  };
  const boxes: HTMLInputElement[] = [];
  const tick = (approvalId: string, isOn: boolean): void => {
    if (isOn) chosen.add(approvalId);
    else chosen.delete(approvalId);
    show();
  };
  const rows = members.map((each) => {
    const box = element("input", {
      type: "checkbox",
      label: `Choose ${each.presentation.headline}`,
    });
    box.addEventListener("change", () => tick(each.approvalId, box.checked));
    boxes.push(box);
    return rowNode(each, { box, columns, open: actions.open });
  });
  const most = Math.min(members.length, BULK_LIMIT);
  const all = button(`Choose ${most < members.length ? "the first" : "all"} ${most}`, {
    onClick: () => {
      for (const [index, box] of boxes.entries()) {
        box.checked = index < BULK_LIMIT;
        tick(members[index]?.approvalId ?? "", box.checked);
      }
    },
  });
  show();
  return [
    tableNode(members, { rows, back: actions.back }),
    element(
      "div",
      {
        class: `bar ${first.presentation.tier}`,
        role: "group",
        label: "Decide on the chosen ones",
      },
      element("div", { class: "controls" }, approve, reject, all, note),
    ),
  ];
}

function noteOn(chosen: number): string {
  if (chosen === 0) return "Choose which";
  return chosen > BULK_LIMIT
    ? `${BULK_LIMIT} at once at most`
    : "Each is recorded as a decision of its own";
}

function tableNode(
  members: readonly ListedApproval[],
  { rows, back }: { rows: readonly HTMLElement[]; back(): void },
): HTMLElement {
  const [first] = members;
  const { tool, kind, path = [], presentation } = first ?? {};
  const tier = presentation?.tier ?? "normal";
  const title = `${tool ?? kind ?? ""}: ${members.length} calls that are alike`;
  const table = element("table", {}, headNode(members), element("tbody", {}, ...rows));
  table.style.setProperty("--value-width", `${widthOfValues(members)}ch`);
  return element(
    "div",
    { class: "scroll" },
    element(
      "article",
      {},
      button("Back to the list", { class: "back", onClick: back }),
      element("h2", { id: "title", tabindex: "-1" }, title),
      element(
        "p",
        { class: "sub" },
        element("span", { class: `badge ${tier}` }, tierWords[tier]),
        ` · ${path.join(" > ")}`,
      ),
      element("ul", { class: `facts ${tier}` }, ...commonFacts(members)),
      element(
        "div",
        { class: "table calls", tabindex: "0", role: "region", label: "The calls" },
        table,
      ),
    ),
  );
}

/** What holds of every member; what differs stands in its row. */
function commonFacts(members: readonly ListedApproval[]): HTMLElement[] {
  const [first, ...rest] = members.map(({ presentation }) => presentation.facts);
  return (first ?? [])
    .filter(({ text }) => rest.every((facts) => facts.some((each) => each.text === text)))
    .map(({ text, weight }) => element("li", { class: weight }, text));
}

function columnsOf(members: readonly ListedApproval[]): string[] {
  return [
    ...new Set(members.flatMap(({ presentation }) => presentation.members.map(({ at }) => at))),
  ];
}

/** How many characters each column of values has at least; the most that fit beside one another. */
const WIDEST = [40, 28, 19];

function widthOfValues(members: readonly ListedApproval[]): number {
  const columns = columnsOf(members);
  const words = columns.flatMap((at) =>
    members.flatMap((each) =>
      valueAt(each, at)
        .split(/\s/)
        .map(({ length }) => length),
    ),
  );
  return Math.min(Math.max(0, ...words) + 1, WIDEST[columns.length - 1] ?? 19);
}

function valueAt({ presentation }: ListedApproval, at: string): string {
  return presentation.members.find((each) => each.at === at)?.text ?? "";
}

/** A value that goes into a new line behind `@` or `/` before it does so within a name. */
function breakable(text: string): (Node | string)[] {
  return text.split(/(?<=[@/\\])/).flatMap((part) => [part, element("wbr", {})]);
}

function headNode(members: readonly ListedApproval[]): HTMLElement {
  const heads = ["", "For", ...columnsOf(members), "What else", "Waits"].map((name) =>
    name === "" ? element("td", {}) : element("th", {}, name),
  );
  for (const head of heads)
    if (head instanceof HTMLTableCellElement && head.tagName === "TH") head.scope = "col";
  return element("thead", {}, element("tr", {}, ...heads));
}

function rowNode(
  approval: ListedApproval,
  { box, columns, open }: { box: HTMLInputElement; columns: string[]; open(id: string): void },
): HTMLElement {
  const { approvalId, presentation, createdAt } = approval;
  const cells = columns.map((at) =>
    element("td", { class: "value", "data-at": at }, ...breakable(valueAt(approval, at))),
  );
  const own = presentation.facts
    .filter(({ weight }) => weight === "normal")
    .map(({ text }) => text);
  return element(
    "tr",
    {},
    element("td", {}, box),
    element("td", {}, taskOf(approval) ?? ""),
    ...cells,
    element(
      "td",
      {},
      own.join("; "),
      " ",
      button("Open", {
        class: "quiet",
        label: `Open ${presentation.headline}`,
        onClick: () => open(approvalId),
      }),
    ),
    element("td", {}, age(createdAt)),
  );
}
