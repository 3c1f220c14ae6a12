import { isDecidedAlone } from "../../runs/hold/presentation.ts";
import type { ApprovalPage, OfferPage } from "../inbox-lists.ts";
import type { Verdict } from "./api.ts";
import { element } from "./dom.ts";

/** What a decision is about: this call, the rest of its run, or calls like it until an end. */
export type Scope = "once" | "run" | "today" | "month";

const words: Readonly<Record<Scope, string>> = {
  once: "This call only",
  run: "Also later calls of this tool in this run",
  today: "Calls like this one, today",
  month: "Calls like this one, for 30 days",
};

const DAY_S = 24 * 60 * 60;

/** Where somebody says how far their yes goes. */
export interface ScopePicker {
  /** Absent where each call is decided by itself. */
  readonly node: HTMLSelectElement | undefined;
  chosen(): Scope;
  /** What was shown of what it lets run; nothing is given before. */
  show(offer: OfferPage | undefined): void;
  /** Whether that is still to be shown. */
  isLoading(): boolean;
  /** What an approval says of it. */
  verdict(): Partial<Verdict>;
  /** The same of a rejection: one for calls like this one there is not. */
  refusal(): Partial<Verdict>;
  /** For a call that is changed: that is one call. */
  setOff(isOff: boolean): void;
}

export function createScopePicker({ approval, covers }: ApprovalPage): ScopePicker {
  const offered: Scope[] = [
    "once",
    "run",
    ...(covers === undefined ? [] : (["today", "month"] as const)),
  ];
  const node = element("select", { id: "scope", label: "What a yes is about" });
  node.append(...offered.map((scope) => new Option(words[scope], scope)));
  const chosen = (): Scope => offered.find((scope) => scope === node.value) ?? "once";
  const others = (approval.alsoWaiting ?? []).map(({ approvalId }) => approvalId);
  const refusal = (): Partial<Verdict> => (chosen() === "run" ? { always: true, others } : {});
  const isFurther = (): boolean => chosen() === "today" || chosen() === "month";
  let offer: OfferPage | undefined;
  return {
    show: (shown) => void (offer = shown),
    isLoading: () => isFurther() && offer === undefined,
    node: isDecidedAlone(approval) ? undefined : node,
    chosen,
    refusal,
    verdict() {
      const scope = chosen();
      if (offer === undefined || !isFurther()) return refusal();
      const seconds = scope === "today" ? secondsOfToday() : 30 * DAY_S;
      const releases = offer.releases.map(({ approvalId }) => approvalId);
      return { grant: { seconds, covers: offer.covers, releases } };
    },
    setOff(isOff) {
      node.hidden = isOff;
      if (!isOff || node.value === "once") return;
      node.value = "once";
      // What was shown of the other choice goes, too.
      node.dispatchEvent(new Event("change"));
    },
  };
}

/** Until midnight, as it is here. */
function secondsOfToday(): number {
  const midnight = new Date();
  midnight.setHours(24, 0, 0, 0);
  return Math.max(1, Math.floor((midnight.getTime() - Date.now()) / 1_000));
}
