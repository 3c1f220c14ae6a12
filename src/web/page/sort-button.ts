import type { Sort } from "./pending-list.ts";

const sorts: readonly [Sort, string][] = [
  ["risk", "Riskiest first"],
  ["oldest", "Oldest first"],
  ["newest", "Newest first"],
];

export interface SortButton {
  /** How the list is sorted now. */
  order(): Sort;
  hide(isHidden: boolean): void;
}

/** A press takes the next way of sorting. */
export function createSortButton(button: HTMLButtonElement, changed: () => void): SortButton {
  let sort: Sort = "risk";
  button.addEventListener("click", () => {
    const at = sorts.findIndex(([each]) => each === sort);
    const [next = "risk", words = ""] = sorts[(at + 1) % sorts.length] ?? [];
    sort = next;
    button.textContent = words;
    changed();
  });
  return {
    order: () => sort,
    hide(isHidden) {
      button.hidden = isHidden;
    },
  };
}
