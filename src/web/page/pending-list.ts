import { tiers } from "../../runs/hold/presentation.ts";
import type { ListedApproval } from "../inbox-lists.ts";
import { age, button, element } from "./dom.ts";

/** Calls that are alike: same tool, same rule, same agent, same tier. */
export interface Group {
  readonly key: string;
  readonly members: readonly ListedApproval[];
}

export type Listed = { type: "one"; approval: ListedApproval } | ({ type: "group" } & Group);

/** From so many on, like calls are one row. */
const GROUP_FROM = 3;
/** Rows that are made at once; the rest comes when the list is idle. */
const FIRST_ROWS = 60;

export type Sort = "risk" | "oldest" | "newest";

/** What is listed: filtered, grouped and in order. */
export function toListed(
  approvals: readonly ListedApproval[],
  { filter, sort }: { filter: string; sort: Sort },
): Listed[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = approvals.filter((each) => words.every((word) => searchText(each).includes(word)));
  const groups = Map.groupBy(
    found,
    ({ approvalId, presentation }) => presentation.group ?? approvalId,
  );
  const listed = [...groups].flatMap(([key, members]): Listed[] =>
    members.length < GROUP_FROM
      ? members.map((approval) => ({ type: "one", approval }))
      : [{ type: "group", key, members }],
  );
  return listed.toSorted((a, b) => compare(firstOf(a), firstOf(b), sort));
}

export function firstOf(listed: Listed): ListedApproval {
  // A group has three members at least.
  return listed.type === "one" ? listed.approval : (listed.members[0] as ListedApproval);
}

export function keyOf(listed: Listed): string {
  return listed.type === "one" ? listed.approval.approvalId : listed.key;
}

function compare(a: ListedApproval, b: ListedApproval, sort: Sort): number {
  const byTime = a.createdAt < b.createdAt ? -1 : 1;
  if (sort === "newest") return -byTime;
  const byRisk = rankOf(b) - rankOf(a);
  return sort === "risk" && byRisk !== 0 ? byRisk : byTime;
}

function rankOf({ presentation }: ListedApproval): number {
  return tiers.indexOf(presentation.tier);
}

function searchText({
  tool,
  path,
  action,
  presentation,
  runId,
  approvalId,
}: ListedApproval): string {
  const { headline, title } = presentation;
  return [tool, ...path, headline, title, action, runId, approvalId].join(" ").toLowerCase();
}

export interface ListActions {
  choose(key: string): void;
}

/** The rows of what waits. */
export function pendingNodes(
  listed: readonly Listed[],
  { chosen, actions }: { chosen: string | undefined; actions: ListActions },
): Node[] {
  if (listed.length === 0) return [emptyState()];
  const list = element("ul", {});
  const make = (each: Listed): Node =>
    element("li", {}, each.type === "one" ? rowNode(each.approval) : groupNode(each));
  list.append(...listed.slice(0, FIRST_ROWS).map((each) => make(each)));
  const rest = listed.slice(FIRST_ROWS);
  if (rest.length > 0) requestAnimationFrame(() => list.append(...rest.map((each) => make(each))));
  list.addEventListener("click", (event) => {
    const row = event.target instanceof Element ? event.target.closest("[data-approval]") : null;
    const key = row?.getAttribute("data-approval");
    if (typeof key === "string") actions.choose(key);
  });
  markChosen(list, chosen);
  return [list];
}

/** Marks the row of what is shown beside the list. */
export function markChosen(list: HTMLElement, chosen: string | undefined): void {
  for (const row of list.querySelectorAll<HTMLElement>("[data-approval]")) {
    if (row.dataset["approval"] === chosen) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

function rowNode(approval: ListedApproval): HTMLElement {
  const { approvalId, presentation, createdAt, path } = approval;
  const { headline, tier, title } = presentation;
  return element(
    "button",
    { type: "button", class: `row ${tier}`, "data-approval": approvalId, title: headline },
    element("span", { class: "what" }, headline),
    age(createdAt),
    element("span", { class: "for" }, [title, path.at(-1) ?? ""].join(" · ")),
    badgeNode(approval),
  );
}

function groupNode({ key, members }: Group): HTMLElement {
  const [first] = members;
  const { tier, title, headline } = first?.presentation ?? {
    tier: "normal",
    title: "",
    headline: "",
  };
  const name = first?.tool ?? "";
  return element(
    "button",
    {
      type: "button",
      class: `row ${tier}`,
      "data-approval": key,
      title: `${members.length} calls of ${name}`,
    },
    element("span", { class: "what" }, `${name}: ${members.length} calls`),
    age(first?.createdAt ?? ""),
    element("span", { class: "for" }, `${title} · first: ${headline}`),
    element("span", { class: "many" }, String(members.length)),
  );
}

export function badgeNode({ presentation }: ListedApproval): HTMLElement {
  const { tier, facts } = presentation;
  const words =
    facts.find(({ badge }) => badge !== undefined)?.badge ?? (tier === "normal" ? "asks" : tier);
  return element("span", { class: `badge ${tier}` }, words);
}

function emptyState(): HTMLElement {
  return element(
    "div",
    { class: "empty" },
    element("h2", {}, "Nothing waits for you"),
    element("p", {}, "When an agent wants to use a gated tool, it stops and shows up here."),
  );
}

/** Where a filter leaves nothing of what waits. */
export function nothingFound(clear: () => void): HTMLElement {
  return element(
    "div",
    { class: "empty" },
    element("h2", {}, "Nothing matches the filter"),
    button("Show everything", { onClick: clear }),
  );
}

/** Beside an empty list. */
export function nothingOpen(): HTMLElement {
  const words =
    "Agents go on by themselves until one wants to use a gated tool. This page follows.";
  return element("div", { class: "empty" }, element("p", {}, words));
}
