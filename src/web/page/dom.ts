import { ageText } from "../../lib/spans.ts";
import { visibleLine, visibleText } from "../../runs/shown-text.ts";

type Child = Node | string | undefined;

interface Attributes {
  class?: string | undefined;
  id?: string | undefined;
  type?: string | undefined;
  /** For people who do not see the page; written out like all text. */
  label?: string | undefined;
  title?: string | undefined;
  [name: `aria-${string}` | `data-${string}`]: string | undefined;
  for?: string | undefined;
  role?: string | undefined;
  tabindex?: string | undefined;
}

/**
 * A new element. Texts become text, never markup, and what cannot be seen in them is written out.
 */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    made.setAttribute(name === "label" ? "aria-label" : name, visibleLine(value));
  }
  made.append(...children.filter((child) => child !== undefined).map((child) => toNode(child)));
  return made;
}

function toNode(child: Node | string): Node {
  return typeof child === "string" ? document.createTextNode(visibleText(child)) : child;
}

/** A button that does something; `key` is shown on it. */
export function button(
  text: string,
  { onClick, key, ...attributes }: Attributes & { onClick: () => void; key?: string },
): HTMLButtonElement {
  const hint = key === undefined ? undefined : element("kbd", { "aria-hidden": "true" }, key);
  const made = element("button", { type: "button", ...attributes }, text, hint);
  made.addEventListener("click", onClick);
  return made;
}

/** The element of an id that the page was made with. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.querySelector(`#${id}`);
  if (found instanceof kind) return found;
  throw new Error(`The page has no #${id}`);
}

/** How long ago a moment was, or in how long it comes; the exact one is in `datetime` and title. */
export function age(iso: string): HTMLTimeElement {
  const made = element("time", { title: new Date(iso).toLocaleString() }, ageOf(iso));
  made.dateTime = iso;
  return made;
}

function ageOf(iso: string): string {
  return ageText(Math.abs(Date.now() - Date.parse(iso)) / 1_000);
}

/** How long ago a moment was, in a sentence. */
export function ago(iso: string): (Node | string)[] {
  return [age(iso), ageOf(iso) === "now" ? "" : " ago"];
}

/** A moment as people say it here; the exact one is in `datetime`. */
export function moment(iso: string): HTMLTimeElement {
  const made = element("time", {}, new Date(iso).toLocaleString());
  made.dateTime = iso;
  return made;
}

/** Kinds of what stands open there that was folded. */
export function unfoldedIn(place: HTMLElement): string[] {
  const open = place.querySelectorAll<HTMLElement>("details[open]");
  return [...new Set(Array.from(open, ({ className }) => className || "text"))];
}
