import { replaceHidden } from "../../runs/shown-text.ts";
import { element } from "./dom.ts";
import { diffLines } from "./line-diff.ts";

/** A field for changed arguments, and what the change is. */
export interface ArgumentEditor {
  readonly node: HTMLElement;
  readonly field: HTMLTextAreaElement;
  /** The changed JSON text; `undefined` where nothing was changed. @throws SyntaxError */
  changed(): string | undefined;
}

export function createArgumentEditor(json: string): ArgumentEditor {
  const before = editable(json);
  const field = element("textarea", { id: "edited-arguments" });
  field.value = before;
  field.rows = Math.min(24, before.split("\n").length + 1);
  field.spellcheck = false;
  const problem = element("p", { class: "problem", role: "alert" });
  const diff = element("div", { class: "diff", role: "group", label: "What changes" });
  const changed = (): string | undefined => {
    JSON.parse(field.value);
    return field.value === before ? undefined : field.value;
  };
  const show = (): void => {
    problem.textContent = problemOf(changed);
    diff.replaceChildren(...diffNodes(before, field.value));
  };
  field.addEventListener("input", show);
  const label = element("label", { for: "edited-arguments" }, "Run it with these arguments");
  return { node: element("div", { class: "editor" }, label, field, problem, diff), field, changed };
}

/** The arguments as they are edited: what cannot be seen is there as JSON's own escapes. */
function editable(json: string): string {
  try {
    const text = JSON.stringify(JSON.parse(json), undefined, 2);
    return replaceHidden(text, (character) =>
      [...Array(character.length).keys()].map((at) => escapeUnit(character, at)).join(""),
    );
  } catch {
    return json;
  }
}

function escapeUnit(character: string, at: number): string {
  return String.raw`\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
}

function problemOf(changed: () => unknown): string {
  try {
    changed();
    return "";
  } catch (error) {
    return error instanceof Error ? `This is no JSON: ${error.message}` : "This is no JSON";
  }
}

function diffNodes(before: string, after: string): HTMLElement[] {
  if (before === after) return [];
  const words = { same: "", removed: "removed: ", added: "added: " };
  const marks = { same: "  ", removed: "- ", added: "+ " };
  return diffLines(before, after).map(({ type, text }) =>
    element(
      "div",
      { class: type },
      element("span", { class: "unseen" }, words[type]),
      element("span", { "aria-hidden": "true" }, marks[type]),
      text,
    ),
  );
}
