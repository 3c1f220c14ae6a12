import { button, element } from "./dom.ts";

/** How long a decision can be taken back before it is sent. */
export const UNDO_MS = 5_000;
const UNSENT = "holdpoint-unsent";
const TAB = "holdpoint-tab";

export interface Letter {
  /** The approvals that it decides. */
  readonly ids: readonly string[];
  /** `Approved: pay 5`. */
  readonly says: string;
  send(): Promise<void>;
  /** Shows the call again: it was taken back, or could not be sent. */
  back(): void;
}

/** Decisions that wait to be sent, each for five seconds, in which it can be taken back. */
export interface Outbox {
  add(letter: Letter): void;
  /** What is on its way: no longer offered to be decided. */
  has(approvalId: string): boolean;
  /** Takes the last one back. */
  undo(): void;
  /** What the last look at the page left unsent. */
  leftBehind(): string[];
}

interface Waiting extends Letter {
  timer: number;
  toast: HTMLElement;
}

export function createOutbox(place: HTMLElement): Outbox {
  const waiting = new Set<Waiting>();
  const keep = (): void => keepUnsent([...waiting].map(({ says }) => says));
  const remove = (letter: Waiting): void => {
    clearTimeout(letter.timer);
    waiting.delete(letter);
    letter.toast.remove();
    keep();
  };
  const send = async (letter: Waiting): Promise<void> => {
    try {
      await letter.send();
      remove(letter);
      note(place, `${letter.says}. Sent`);
    } catch (error) {
      remove(letter);
      const why = error instanceof Error ? error.message : String(error);
      note(place, `Not decided: ${letter.says}. ${why}`, "problem");
      letter.back();
    }
  };
  const takeBack = (letter: Waiting): void => {
    remove(letter);
    letter.back();
  };
  return {
    add(letter) {
      const made: Waiting = { ...letter, timer: 0, toast: element("div", { class: "toast" }) };
      made.toast.append(
        element("span", {}, `${letter.says}. It is sent in 5 seconds`),
        button("Undo", { key: "z", onClick: () => takeBack(made) }),
        button("Send now", { class: "quiet", onClick: () => sendNow(made, send) }),
      );
      made.timer = window.setTimeout(() => sendNow(made, send), UNDO_MS);
      waiting.add(made);
      place.append(made.toast);
      keep();
    },
    has: (approvalId) => [...waiting].some(({ ids }) => ids.includes(approvalId)),
    undo() {
      const last = [...waiting].at(-1);
      if (last !== undefined) takeBack(last);
    },
    leftBehind,
  };
}

/** From here on it cannot be taken back. */
function sendNow(letter: Waiting, send: (letter: Waiting) => Promise<void>): void {
  clearTimeout(letter.timer);
  for (const control of letter.toast.querySelectorAll("button")) control.disabled = true;
  void send(letter);
}

const NOTE_MS = 6_000;

/** Says something for a while; what went wrong stays until it is put away. */
export function note(place: HTMLElement, text: string, kind: "plain" | "problem" = "plain"): void {
  const made = element("div", { class: `toast ${kind}` }, element("span", {}, text));
  if (kind === "problem") made.append(button("OK", { onClick: () => made.remove() }));
  else setTimeout(() => made.remove(), NOTE_MS);
  place.append(made);
}

interface Unsent {
  at: number;
  says: string[];
}

/** In the browser, so that a page that is closed too early can be told of. */
function keepUnsent(says: string[]): void {
  try {
    const all = readUnsent();
    if (says.length === 0) delete all[tabId()];
    else all[tabId()] = { at: Date.now(), says };
    localStorage.setItem(UNSENT, JSON.stringify(all));
  } catch {
    // A browser that keeps nothing has nothing to tell of.
  }
}

function readUnsent(): Record<string, Unsent> {
  return JSON.parse(localStorage.getItem(UNSENT) ?? "{}") as Record<string, Unsent>;
}

/** Those of this tab before it was loaded again, and those of tabs that are gone. */
function leftBehind(): string[] {
  try {
    const own = tabId();
    const all = Object.entries(readUnsent());
    const isLeft = ([tab, { at }]: [string, Unsent]): boolean =>
      tab === own || Date.now() - at > 2 * UNDO_MS;
    const rest = all.filter((each) => !isLeft(each));
    localStorage.setItem(UNSENT, JSON.stringify(Object.fromEntries(rest)));
    return all.filter((each) => isLeft(each)).flatMap(([, { says }]) => says);
  } catch {
    return [];
  }
}

function tabId(): string {
  const id = sessionStorage.getItem(TAB) ?? crypto.randomUUID();
  sessionStorage.setItem(TAB, id);
  return id;
}
