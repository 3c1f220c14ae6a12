import type { PendingList } from "../inbox-lists.ts";
import { ApiError, openApi, type Api } from "./api.ts";
import { decidedNodes } from "./decided-list.ts";
import { createDetail, type Detail } from "./detail.ts";
import { button, byId, element } from "./dom.ts";
import { countText, pendingNodes } from "./pending-list.ts";
import { trustNode } from "./trust.ts";

const PAGE = 100;

const list = byId("list", HTMLElement);
const detailPlace = byId("detail", HTMLElement);
const status = byId("status", HTMLElement);
const keys = byId("keys", HTMLDialogElement);
const views = {
  pending: byId("view-pending", HTMLButtonElement),
  decided: byId("view-decided", HTMLButtonElement),
};

let view: keyof typeof views = "pending";
let limit = PAGE;
let shown: PendingList = { approvals: [], count: 0, more: false };
let detail: Detail | undefined;

const api = await openApi().catch(async (error: unknown): Promise<Api> => {
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
  const [pending, decided, page] = await Promise.all([
    api.pending(limit),
    view === "decided" ? api.decided() : [],
    detail === undefined ? undefined : api.approval(detail.approvalId),
  ]);
  shown = pending;
  byId("problem", HTMLElement).textContent = pending.problem ?? "";
  const count = countText(pending);
  byId("count", HTMLElement).textContent = `(${count})`;
  document.title = pending.count === 0 ? "Holdpoint inbox" : `(${count}) Holdpoint inbox`;
  if (page !== undefined && page.approval.approvalId === detail?.approvalId) detail.update(page);
  const focused = document.activeElement?.getAttribute("data-approval");
  list.replaceChildren(
    ...(view === "decided"
      ? decidedNodes(decided, (id) => void choose(id))
      : pendingNodes(pending, {
          chosen: detail?.approvalId,
          actions: { choose: (id) => void choose(id), more: showMore },
        })),
  );
  if (typeof focused === "string") rowOf(focused)?.focus();
}

function showMore(): void {
  limit += PAGE;
  void refresh();
}

async function choose(approvalId: string): Promise<void> {
  try {
    const page = await api.approval(approvalId);
    detail = createDetail(page, {
      asksPin: api.asksPin,
      back: leave,
      async decide(verdict) {
        const outcome = await api.decide(approvalId, verdict).finally(() => void refresh());
        const { type } = outcome;
        if (type === "needs_stronger_approval") {
          throw new Error(
            `Nothing was decided: this needs a yes of level ${outcome.needed}. ${api.asksPin ? "Type your PIN, or sign" : "Sign"} in with a link that holdpoint inbox gives on a terminal of your own`,
          );
        }
        const said = type === "already" ? `was ${verdict.decision} already` : verdict.decision;
        announce(`${page.approval.tool ?? page.approval.kind}: ${said}.`, approvalId);
      },
    });
  } catch (error) {
    tell(error);
    return;
  }
  status.textContent = "";
  detailPlace.replaceChildren(detail.node);
  document.body.classList.add("chosen");
  for (const row of rows()) row.removeAttribute("aria-current");
  rowOf(approvalId)?.setAttribute("aria-current", "true");
  detailPlace.querySelector<HTMLElement>("#title")?.focus();
}

/** Says what was done. The next one is not put under the finger that just pressed. */
function announce(text: string, approvalId: string): void {
  status.textContent = text;
  const next = shown.approvals.find((each) => each.approvalId !== approvalId);
  const place = element("div", { class: "next" });
  if (next === undefined) place.append(button("Back to the list", { onClick: leave }));
  else place.append(button("Next", { onClick: () => void choose(next.approvalId) }));
  detailPlace.prepend(place);
  place.querySelector("button")?.focus();
}

function leave(): void {
  const left = detail?.approvalId;
  detail = undefined;
  detailPlace.replaceChildren();
  document.body.classList.remove("chosen");
  const back = (left === undefined ? undefined : rowOf(left)) ?? rows()[0];
  back?.removeAttribute("aria-current");
  (back ?? views[view]).focus();
}

function showView(next: keyof typeof views): void {
  view = next;
  leave();
  for (const [name, tab] of Object.entries(views)) {
    tab.setAttribute("aria-pressed", String(name === next));
  }
  void refresh();
}

/** Follows the inbox while the page is seen: a browser has few connections to one server. */
function watch(): void {
  let source: EventSource | undefined;
  const follow = (): void => {
    source?.close();
    source = undefined;
    if (document.hidden) return;
    source = new EventSource("/api/events");
    source.addEventListener("changed", () => void refresh());
    source.addEventListener("error", () => {
      status.textContent = "Not connected: the inbox does not answer. Trying again.";
      status.dataset["away"] = "true";
    });
    source.addEventListener("open", () => {
      if (status.dataset["away"] === "true") status.textContent = "";
      status.dataset["away"] = "false";
    });
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}

function pressed(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
  const { target } = event;
  const isTyping = target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
  if (event.key === "Escape") {
    if (isTyping) detailPlace.focus();
    else leave();
    return;
  }
  if (isTyping) return;
  const shortcuts: Record<string, () => void> = {
    j: () => step(1),
    k: () => step(-1),
    a: () => detail?.focusApprove(),
    r: () => detail?.focusReject(),
    e: () => detail?.edit(),
    d: () => showView(view === "pending" ? "decided" : "pending"),
    "?": () => keys.showModal(),
  };
  const act = shortcuts[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
}

/** Chooses the row after the chosen one, or before it. */
function step(by: 1 | -1): void {
  const ids = rows().map((row) => row.dataset["approval"] ?? "");
  const at = ids.indexOf(detail?.approvalId ?? "");
  const next = ids[at < 0 ? 0 : at + by];
  if (next !== undefined) void choose(next);
}

function rows(): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("[data-approval]")];
}

function rowOf(approvalId: string): HTMLElement | undefined {
  return rows().find((row) => row.dataset["approval"] === approvalId);
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
document.addEventListener("keydown", pressed);
watch();
const question = await api.trustQuestion().catch(() => undefined);
if (question !== undefined) {
  detailPlace.replaceChildren(trustNode(question, api));
  document.body.classList.add("chosen");
}
