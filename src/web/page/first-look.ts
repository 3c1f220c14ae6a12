import type { FirstLook } from "../inbox-lists.ts";

/** What came with the page; `undefined` where nobody is signed in. */
export function firstLook(): FirstLook | undefined {
  const text = document.querySelector("#first")?.textContent ?? "";
  return text === "" ? undefined : ((JSON.parse(text) as FirstLook | null) ?? undefined);
}
