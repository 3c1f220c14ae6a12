import type { DecidedList, FirstLook, ListedApproval, PendingList } from "../inbox-lists.ts";
import { ApiError, openApi, type Api, type PageVerdict } from "./api.ts";
import { decidedRows, nothingDecided } from "./decided-list.ts";
import { createDetail, type Detail } from "./detail.ts";
import { byId, unfoldedIn } from "./dom.ts";
import { followInbox, tellNews } from "./follow.ts";
import { groupNodes } from "./group-view.ts";
import { isSentAtOnce, letterOf, letterOfGroup, saying, sendVerdict } from "./letters.ts";
import { createListView } from "./list-view.ts";
import { createOutbox, note } from "./outbox.ts";
import { useShortcuts } from "./shortcuts.ts";
import { createSortButton } from "./sort-button.ts";
import { askForTrust } from "./trust.ts";
import {
  keyOf,
  nothingFound,
  nothingOpen,
  nothingWaits,
  pendingRows,
  toListed,
  type Listed,
} from "./pending-list.ts";

const list = createListView(byId("list", HTMLElement), (key) => void choose(key));
const detailPlace = byId("detail", HTMLElement);
const status = byId("status", HTMLElement);
const keys = byId("keys", HTMLDialogElement);
const filter = byId("filter", HTMLInputElement);
const sortButton = createSortButton(byId("sort", HTMLButtonElement), () => draw());
const toasts = byId("toasts", HTMLElement);
const views = {
  pending: byId("view-pending", HTMLButtonElement),
  decided: byId("view-decided", HTMLButtonElement),
};

let view: keyof typeof views = "pending";
const known = firstLook();
let shown: PendingList = known?.pending ?? { approvals: [], count: 0, more: false };
let decided: DecidedList = { approvals: [] };
let listed: Listed[] = [];
let detail: Detail | undefined;
/** The group that is shown in place of one approval. */
let group: string | undefined;
let drawn = "";

const outbox = createOutbox(toasts);
const api = await openApi(known?.session).catch(async (error: unknown): Promise<Api> => {
  tell(error);
  // Without a session there is nothing to go on with.
  return new Promise(() => {});
});

let atWork = false;
let again = false;

/** Shows what changed; of several wishes at once only one more is carried out. */
async function refresh(): Promise<void> {
  if (atWork) {
    again = true;
    return;
  }
  atWork = true;
  await load().catch((error: unknown) => tell(error));
  atWork = false;
  if (!again) return;
  again = false;
  await refresh();
}

async function load(): Promise<void> {
  const before = shown.count;
  shown = await api.pending();
  if (view === "decided") decided = await api.decided();
  const looked = detail;
  // What is in the list still waits; only of what left it there is more to be told.
  const ids: readonly string[] = shown.approvals.map(({ approvalId }) => approvalId);
  if (looked !== undefined && !ids.includes(looked.approvalId)) {
    looked.update(await api.approval(looked.approvalId));
  }
  draw();
  tellNews(shown.count, before);
}

function draw(): void {
  byId("problem", HTMLElement).textContent = shown.problem ?? "";
  const count = shown.more ? `${shown.count}+` : String(shown.count);
  byId("count", HTMLElement).textContent = count;
  document.title = shown.count === 0 ? "Holdpoint inbox" : `(${count}) Holdpoint inbox`;
  const waiting = shown.approvals.filter(({ approvalId }) => !outbox.has(approvalId));
  listed = toListed(waiting, { filter: filter.value, sort: sortButton.order() });
  drawList();
  const first = listed[0];
  const isWide = matchMedia("(min-width: 45.01rem)").matches;
  const isOpen = detail !== undefined || group !== undefined || choosing !== undefined;
  if (view === "pending" && !isOpen && isWide) {
    if (first === undefined) detailPlace.replaceChildren(nothingOpen());
    else void choose(keyOf(first), { isAsked: false });
  }
}

/** Rows are made again only where what they show is another. */
function drawList(): void {
  const key = JSON.stringify([
    view,
    sortButton.order(),
    filter.value,
    view === "pending" ? listed : decided,
    Math.floor(Date.now() / 60_000),
  ]);
  const chosen = detail?.approvalId ?? group;
  if (key === drawn) return list.mark(chosen);
  drawn = key;
  const rows =
    view === "pending" ? pendingRows(listed) : decidedRows(decided.approvals, filter.value);
  const below = view === "decided" ? decided.note : undefined;
  if (rows.length > 0) return list.show(rows, { chosen, note: below });
  if (filter.value !== "") return list.showInstead(nothingFound(clearFilter), below);
  list.showInstead(view === "pending" ? nothingWaits() : nothingDecided(), below);
}

function clearFilter(): void {
  filter.value = "";
  draw();
}

type Choice = { isAsked: boolean };
/** What is on its way to be shown; an answer that comes after another choice is let go. */
let choosing: Choice | undefined;

async function choose(key: string, choice: Choice = { isAsked: true }): Promise<void> {
  const found = listed.find((each) => keyOf(each) === key);
  if (found?.type === "group") return showGroup(found.key, choice);
  // What was begun in the one that is open stays.
  if (key === detail?.approvalId && choosing === undefined) return put(detail.nodes, choice);
  choosing = choice;
  try {
    const page = await api.approval(key);
    if (choosing !== choice) return;
    choosing = undefined;
    group = undefined;
    detail = createDetail(page, {
      ...api,
      back: leave,
      next: () => step(1),
      decide: (verdict) => decide(page.approval, verdict),
    });
  } catch (error) {
    if (choosing !== choice) return;
    choosing = undefined;
    return tell(error);
  }
  put(detail.nodes, choice);
}

function showGroup(key: string, choice: Choice): void {
  const found = listed.find((each) => each.type === "group" && each.key === key);
  if (found?.type !== "group") return;
  choosing = undefined;
  detail = undefined;
  group = key;
  const nodes = groupNodes(found, {
    back: leave,
    open: (id) => void choose(id),
    decide(chosen, decision) {
      outbox.add(letterOfGroup({ api, chosen, decision }, { sent, back: draw }));
      moveOn(listed.findIndex((each) => keyOf(each) === key));
    },
  });
  put(nodes, choice);
}

function put(nodes: readonly HTMLElement[], { isAsked }: Choice): void {
  status.textContent = "";
  detailPlace.replaceChildren(...nodes);
  if (isAsked) document.body.classList.add("chosen");
  const chosen = detail?.approvalId ?? group;
  list.mark(chosen);
  if (chosen !== undefined) list.bringIntoView(chosen);
  if (isAsked) detailPlace.querySelector<HTMLElement>("#title")?.focus();
}

/** A high risk is sent at once, since somebody typed what it is about; the rest can be taken back. */
async function decide(approval: ListedApproval, verdict: PageVerdict): Promise<void> {
  const at = listed.findIndex((each) => keyOf(each) === approval.approvalId);
  api.looked(approval.approvalId, unfoldedIn(detailPlace));
  if (isSentAtOnce(approval, verdict)) {
    await sendVerdict(api, approval.approvalId, verdict).finally(() => void refresh());
    // It is gone, whether or not the list that says so is there yet.
    const left = shown.approvals.filter(({ approvalId }) => approvalId !== approval.approvalId);
    shown = { ...shown, approvals: left };
    note(toasts, `${saying(approval, verdict)}. Sent`);
  } else {
    outbox.add(letterOf({ api, approval, verdict }, { sent, back: () => show(approval) }));
  }
  moveOn(at);
}

const sent = (): void => void refresh();
/** Shows a call again that was decided a moment ago. */
function show({ approvalId }: ListedApproval): void {
  draw();
  void choose(approvalId);
}

/** Shows what comes next, in the place of what was decided; on a phone the list. */
function moveOn(at: number): void {
  choosing = undefined;
  detail = undefined;
  group = undefined;
  detailPlace.replaceChildren();
  document.body.classList.remove("chosen");
  draw();
  const next = listed[Math.min(Math.max(at, 0), listed.length - 1)];
  if (next === undefined) views[view].focus();
  else if (matchMedia("(min-width: 45.01rem)").matches) void choose(keyOf(next));
}

function leave(): void {
  choosing = undefined;
  const left = detail?.approvalId ?? group;
  detail = undefined;
  group = undefined;
  detailPlace.replaceChildren();
  document.body.classList.remove("chosen");
  list.mark(undefined);
  if (!list.focus(left)) views[view].focus();
}

function showView(next: keyof typeof views): void {
  view = next;
  leave();
  sortButton.hide(next === "decided");
  for (const [name, tab] of Object.entries(views)) {
    tab.setAttribute("aria-pressed", String(name === next));
  }
  void refresh();
}

function step(by: 1 | -1): void {
  const next = list.beside(detail?.approvalId ?? group, by);
  if (next !== undefined) void choose(next);
}

function tell(error: unknown): void {
  if (error instanceof ApiError && error.code === "signed_out") {
    location.replace("/sign-in");
    return;
  }
  status.textContent = error instanceof Error ? error.message : String(error);
}

byId("who", HTMLElement).textContent = `${api.by} decides · runs of ${api.store}`;
views.pending.addEventListener("click", () => showView("pending"));
views.decided.addEventListener("click", () => showView("decided"));
byId("show-keys", HTMLButtonElement).addEventListener("click", () => keys.showModal());
byId("notify", HTMLButtonElement).addEventListener(
  "click",
  () => void Notification.requestPermission(),
);
filter.addEventListener("input", () => draw());
useShortcuts(
  {
    j: () => step(1),
    k: () => step(-1),
    a: () => detail?.focusApprove(),
    r: () => detail?.focusReject(),
    e: () => detail?.edit(),
    z: () => outbox.undo(),
    "/": () => filter.focus(),
    d: () => showView(view === "pending" ? "decided" : "pending"),
    "?": () => keys.showModal(),
  },
  { isOff: () => keys.open, escape: (isTyping) => (isTyping ? detailPlace.focus() : leave()) },
);
for (const says of outbox.leftBehind()) {
  note(toasts, `Not sent, the page was closed too early: ${says}. It still waits`, "problem");
}
if (known?.pending !== undefined) draw();
followInbox(status, () => void refresh());
await askForTrust(api);

/** What came with the page; `undefined` where nobody is signed in. */
function firstLook(): FirstLook | undefined {
  const text = document.querySelector("#first")?.textContent ?? "";
  return text === "" ? undefined : ((JSON.parse(text) as FirstLook | null) ?? undefined);
}
