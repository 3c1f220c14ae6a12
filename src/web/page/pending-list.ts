import { askerOf, taskOf } from "../../runs/hold/words.ts";
import { tiers } from "../../runs/hold/presentation.ts";
import type { ListedApproval } from "../inbox-lists.ts";
import { age, button, element } from "./dom.ts";
import type { ListRow } from "./list-view.ts";

/** Calls that are alike: same tool, same rule, same agent, same tier. */
export interface Group {
  readonly key: string;
  readonly members: readonly ListedApproval[];
}

export type Listed = { type: "one"; approval: ListedApproval } | ({ type: "group" } & Group);

/** From so many on, like calls are one row. */
const GROUP_FROM = 3;

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

/** Of one tier, what has something odd goes before what has nothing. */
function rankOf(approval: ListedApproval): number {
  return tiers.indexOf(approval.presentation.tier) + (isOdd(approval) ? 0.5 : 0);
}

/** Whether something is known of it that those like it mostly have not; of a group, of all of it. */
function isOdd({ presentation }: ListedApproval): boolean {
  return presentation.facts.some(({ weight }) => weight !== "plain");
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

/** The rows of what waits. */
export function pendingRows(listed: readonly Listed[]): ListRow[] {
  return listed.map((each) => ({
    key: keyOf(each),
    make: () => (each.type === "one" ? rowNode(each.approval) : groupNode(each)),
  }));
}

function rowNode(approval: ListedApproval): HTMLElement {
  const { presentation, createdAt } = approval;
  const { headline, tier } = presentation;
  return element(
    "button",
    { type: "button", class: `row ${tier}`, title: headline },
    element("span", { class: "what" }, headline),
    age(createdAt),
    element("span", { class: "for" }, forText(approval)),
    badgeNode(approval),
  );
}

/** What it is for, and who asks. */
function forText(approval: ListedApproval): string {
  const task = taskOf(approval);
  return task === undefined
    ? `${askerOf(approval)} asked`
    : `${task} · ${approval.path.at(-1) ?? ""}`;
}

function groupNode({ members }: Group): HTMLElement {
  const [first] = members;
  const { tier, headline } = first?.presentation ?? { tier: "normal", headline: "" };
  const task = first === undefined ? "" : (taskOf(first) ?? `${askerOf(first)} asked`);
  const name = first?.tool ?? "";
  return element(
    "button",
    {
      type: "button",
      class: `row ${tier}`,
      title: `${members.length} calls of ${name}`,
    },
    element("span", { class: "what" }, `${name}: ${members.length} calls`),
    age(first?.createdAt ?? ""),
    element("span", { class: "for" }, `${task} · first: ${headline}`),
    first !== undefined && isOdd(first)
      ? badgeNode(first)
      : element("span", { class: "many" }, String(members.length)),
  );
}

export function badgeNode({ presentation }: ListedApproval): HTMLElement {
  const { tier, facts } = presentation;
  const words =
    facts.find(({ badge }) => badge !== undefined)?.badge ?? (tier === "normal" ? "asks" : tier);
  return element("span", { class: `badge ${tier}` }, words);
}

export function nothingWaits(): HTMLElement {
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
