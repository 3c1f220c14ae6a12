import { element } from "./dom.ts";

/** One row, made when somebody sees it. */
export interface ListRow {
  readonly key: string;
  make(): HTMLElement;
}

/** Rows are made so far beyond what is in sight; the rest when somebody scrolls there. */
const AHEAD = 30;

/** The list beside what is open. */
export interface ListView {
  /** Shows these; where it was scrolled to, and the focus, stay. */
  show(
    rows: readonly ListRow[],
    beside: { chosen: string | undefined; note: string | undefined },
  ): void;
  /** Shows something in place of rows. */
  showInstead(node: Node, note: string | undefined): void;
  /** Marks the row of what is open. */
  mark(chosen: string | undefined): void;
  bringIntoView(key: string): void;
  /** Focuses a row, or the first one; `false` where there is none. */
  focus(key: string | undefined): boolean;
  /** The row that stands before or behind another. */
  beside(key: string | undefined, by: 1 | -1): string | undefined;
}

/** @param choose is told of the row that was pressed */
export function createListView(place: HTMLElement, choose: (key: string) => void): ListView {
  let marked: string | undefined;
  const made = createMadeRows((key) => key === marked);
  // Kept here: to ask the page for it is a layout, of which a first look has only one.
  let scrolled = 0;
  const scroll = (): void => {
    scrolled = place.scrollTop;
    made.makeAsScrolled(place);
  };
  place.addEventListener("scroll", scroll, { passive: true });
  made.list.addEventListener("click", (event) => {
    const row = event.target instanceof Element ? event.target.closest("[data-approval]") : null;
    const key = row?.getAttribute("data-approval");
    if (typeof key === "string") choose(key);
  });
  return {
    show(rows, { chosen, note }) {
      const focused = document.activeElement?.getAttribute("data-approval");
      const scrollTop = scrolled;
      marked = chosen;
      place.replaceChildren(made.list, ...noteNodes(note));
      made.start(rows);
      if (scrollTop > 0) place.scrollTop = scrollTop;
      if (typeof focused === "string") made.rowOf(focused)?.focus();
    },
    showInstead(node, note) {
      made.start([]);
      place.replaceChildren(node, ...noteNodes(note));
    },
    mark(chosen) {
      for (const row of made.list.querySelectorAll("[aria-current]")) setCurrent(row, false);
      marked = chosen;
      const row = made.list.querySelector(`[data-approval="${CSS.escape(chosen ?? "")}"]`);
      if (row !== null) setCurrent(row, true);
    },
    bringIntoView: (key) => made.rowOf(key)?.scrollIntoView({ block: "nearest" }),
    focus(key) {
      const row = made.rowOf(key) ?? made.rowOf(made.beside(undefined, 1));
      row?.focus();
      return row !== undefined;
    },
    beside: (key, by) => made.beside(key, by),
  };
}

/** What stands below a list: what is not in it. */
function noteNodes(note: string | undefined): Node[] {
  return note === undefined ? [] : [element("p", { class: "none" }, note)];
}

interface MadeRows {
  readonly list: HTMLElement;
  /** Begins anew, with as many as there were. */
  start(rows: readonly ListRow[]): void;
  makeAsScrolled(place: HTMLElement): void;
  /** The row of a key, which is made where it was not. */
  rowOf(key: string | undefined): HTMLElement | undefined;
  beside: ListView["beside"];
}

function createMadeRows(isCurrent: (key: string) => boolean): MadeRows {
  let rows: readonly ListRow[] = [];
  let made: HTMLElement[] = [];
  const rest = element("li", { "aria-hidden": "true" });
  const list = element("ul", {}, rest);
  const rowHeight = (): number => made[0]?.offsetHeight ?? 0;
  const makeUntil = (end: number): void => {
    const next = rows.slice(made.length, end).map((row) => {
      const node = row.make();
      node.dataset["approval"] = row.key;
      setCurrent(node, isCurrent(row.key));
      return node;
    });
    const items = next.map((node, index) => {
      const position = String(made.length + index + 1);
      const size = String(rows.length);
      return element("li", { "aria-posinset": position, "aria-setsize": size }, node);
    });
    rest.before(...items);
    made = [...made, ...next];
    // As high as what is not made yet, so that the scroll bar is right.
    rest.hidden = made.length === rows.length;
    if (!rest.hidden) rest.style.height = `${(rows.length - made.length) * rowHeight()}px`;
  };
  return {
    list,
    start(next) {
      const before = made.length;
      rows = next;
      made = [];
      list.replaceChildren(rest);
      makeUntil(Math.max(before, 2 * AHEAD));
    },
    makeAsScrolled({ scrollTop, clientHeight }) {
      const height = rowHeight();
      const inSight = height === 0 ? 0 : Math.ceil((scrollTop + clientHeight) / height);
      if (inSight + AHEAD / 2 > made.length) makeUntil(inSight + AHEAD);
    },
    rowOf(key) {
      const at = rows.findIndex((row) => row.key === key);
      if (at >= made.length) makeUntil(at + AHEAD);
      return made[at];
    },
    beside(key, by) {
      const at = rows.findIndex((row) => row.key === key);
      return rows[at < 0 ? 0 : at + by]?.key;
    },
  };
}

function setCurrent(row: Element, isCurrent: boolean): void {
  if (isCurrent) row.setAttribute("aria-current", "true");
  else row.removeAttribute("aria-current");
}
