import { isDecidedAlone, timesToRun } from "../../runs/hold/presentation.ts";
import type { ApprovalPage, OfferPage } from "../inbox-lists.ts";
import type { PageVerdict } from "./api.ts";
import { element } from "./dom.ts";

/**
 * What a decision is about: this call once or as often as it was asked for, the rest of its run, or
 * calls like it until an end.
 */
export type Scope = "once" | "each" | "run" | "today" | "month";

const words: Readonly<Record<Exclude<Scope, "each">, string>> = {
  once: "This call only",
  run: "This tool until the run ends",
  today: "Calls like it, today",
  month: "Calls like it, for 30 days",
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
  verdict(): Partial<PageVerdict>;
  /** The same of a rejection: one for calls like this one there is not. */
  refusal(): Partial<PageVerdict>;
  /** For a call that is changed: that is one call. */
  setOff(isOff: boolean): void;
}

/** Of a run that is one call there are no later ones, but perhaps the same one once more. */
function offeredFor({ approval, covers }: ApprovalPage): Scope[] {
  const isOneCall = approval.presentation.times !== undefined;
  const isAlone = isDecidedAlone(approval);
  return [
    "once",
    ...(timesToRun(approval) > 1 ? (["each"] as const) : []),
    ...(!isOneCall && !isAlone ? (["run"] as const) : []),
    ...(covers === undefined || isAlone ? [] : (["today", "month"] as const)),
  ];
}

export function createScopePicker(page: ApprovalPage): ScopePicker {
  const { approval } = page;
  const times = timesToRun(approval);
  const offered = offeredFor(page);
  const node = element("select", { id: "scope", label: "What a yes is about" });
  const wordsOf = (scope: Scope): string =>
    scope === "each" ? `Run it ${times} times` : words[scope];
  node.append(...offered.map((scope) => new Option(wordsOf(scope), scope)));
  const chosen = (): Scope => offered.find((scope) => scope === node.value) ?? "once";
  const others = (approval.alsoWaiting ?? []).map(({ approvalId }) => approvalId);
  const refusal = (): Partial<PageVerdict> => (chosen() === "run" ? { always: true, others } : {});
  const isFurther = (): boolean => chosen() === "today" || chosen() === "month";
  let offer: OfferPage | undefined;
  return {
    show: (shown) => void (offer = shown),
    isLoading: () => isFurther() && offer === undefined,
    node: offered.length === 1 ? undefined : node,
    chosen,
    refusal,
    verdict() {
      const scope = chosen();
      if (scope === "each") return { always: true, times };
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
