import { unicodeEscape } from "../../lib/unicode-escape.ts";
import { replaceHidden, visibleLine } from "../../runs/shown-text.ts";
import { element } from "./dom.ts";
import { longText } from "./long-text.ts";

type Scalar = string | number | boolean | null;

/** One value of the arguments: a text to read, or a field to change it. */
export interface Leaf {
  /** `to`, `order.id`, `files[0]`. */
  readonly at: string;
  readonly node: HTMLElement;
  edit(isOn: boolean): void;
  isChanged(): boolean;
  /** What is typed, as a value; what it was where that is none. */
  value(): Scalar;
  /** What is typed. */
  text(): string;
  /** Why it is no value; empty where it is one. */
  problem(): string;
  focus(): void;
}

interface LeafOptions {
  at: string;
  schema: unknown;
  onChange: () => void;
}

/** The type of a value, to people. */
export function typeWord(value: unknown): string {
  if (Array.isArray(value)) return `list of ${value.length}`;
  if (value === null) return "nothing";
  if (typeof value === "string") return value.length > 200 ? `text, ${value.length}` : "text";
  return { number: "number", boolean: "yes or no" }[typeof value as string] ?? "";
}

export function createLeaf(was: Scalar, { at, schema, onChange }: LeafOptions): Leaf {
  const node = element("div", { class: "leaf" });
  const shown = textNode(was);
  node.append(shown);
  const before = toField(was);
  let field: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | undefined;
  const problemPlace = element("span", { class: "problem" });
  const oldPlace = element("del", {});
  const typed = (): Typed =>
    field === undefined ? { value: was } : readTyped(field.value, was, schema);
  const problemText = (): string => {
    const { problem } = typed();
    return problem === undefined ? "" : `${visibleLine(at)} ${problem}`;
  };
  const show = (): void => {
    const isChanged = field !== undefined && field.value !== before;
    node.classList.toggle("changed", isChanged);
    oldPlace.textContent = isChanged ? `was ${visibleLine(before)}` : "";
    problemPlace.textContent = problemText();
    onChange();
  };
  return {
    at,
    node,
    edit(isOn) {
      field = isOn ? makeField(before, { at, was, schema }) : undefined;
      field?.addEventListener("input", show);
      node.replaceChildren(...(field === undefined ? [shown] : [field, oldPlace, problemPlace]));
      show();
    },
    isChanged: () => field !== undefined && field.value !== before,
    value: () => typed().value,
    text: () => field?.value ?? before,
    problem: problemText,
    focus: () => field?.focus(),
  };
}

function textNode(value: Scalar): HTMLElement {
  if (typeof value !== "string") return element("code", {}, String(value));
  return value === "" ? element("em", {}, "empty text") : longText(value, { lines: 12 });
}

/** A value as it is edited: what cannot be seen in a text is there as JSON's own escapes. */
function toField(value: Scalar): string {
  if (typeof value !== "string") return String(value);
  return isEscaped(value) ? escaped(value) : value;
}

function isEscaped(text: string): boolean {
  return replaceHidden(text, (each) => `${each}!`) !== text;
}

function escaped(text: string): string {
  const json = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"');
  return replaceHidden(json.replaceAll(String.raw`\n`, "\n"), unicodeEscape);
}

function unescaped(text: string): string {
  const json = text.replaceAll(/(?<!\\)"/g, String.raw`\"`).replaceAll("\n", String.raw`\n`);
  return JSON.parse(`"${json}"`) as string;
}

function makeField(
  text: string,
  { at, was, schema }: { at: string; was: Scalar; schema: unknown },
): HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement {
  const label = `${at}, changed`;
  const isYesOrNo = typeof was === "boolean" || typeOf(schema) === "boolean";
  const choices = isYesOrNo ? ["true", "false"] : enumOf(schema);
  if (choices !== undefined) {
    const options = [...new Set([...choices, text])].map(
      (each) => new Option(visibleLine(each), each),
    );
    const field = element("select", { label });
    field.append(...options);
    field.value = text;
    return field;
  }
  const isLong = text.length > 60 || text.includes("\n");
  const field = isLong ? element("textarea", { label }) : element("input", { label });
  field.value = text;
  field.spellcheck = false;
  if (field instanceof HTMLTextAreaElement) field.rows = Math.min(12, text.split("\n").length + 1);
  else field.inputMode = typeof was === "number" ? "decimal" : "text";
  return field;
}

function typeOf(schema: unknown): unknown {
  return typeof schema === "object" && schema !== null && "type" in schema
    ? schema.type
    : undefined;
}

function enumOf(schema: unknown): string[] | undefined {
  if (typeof schema !== "object" || schema === null || !("enum" in schema)) return undefined;
  const { enum: values } = schema;
  return Array.isArray(values) && values.every((each) => typeof each === "string")
    ? values
    : undefined;
}

interface Typed {
  value: Scalar;
  problem?: string;
}

/** What was typed, of the type that the value had. */
function readTyped(text: string, was: Scalar, schema: unknown): Typed {
  if (typeof was === "boolean") return { value: text === "true" };
  if (typeof was === "number") return readNumber(text, was, schema);
  if (was === null) return { value: text === "null" ? null : text };
  if (!isEscaped(was)) return { value: text };
  try {
    return { value: unescaped(text) };
  } catch {
    return { value: was, problem: String.raw`has a \ that is no escape of JSON: write \\ for one` };
  }
}

function readNumber(text: string, was: number, schema: unknown): Typed {
  const plain = text.trim();
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(plain)) {
    return { value: was, problem: "must be a number, as 12 or 12.5" };
  }
  const value = Number(plain);
  const limits = (typeof schema === "object" && schema !== null ? schema : {}) as Record<
    string,
    unknown
  >;
  if (limits["type"] === "integer" && !Number.isInteger(value)) {
    return { value: was, problem: "must be a whole number" };
  }
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return { value: was, problem: "is too large a number" };
  }
  const { minimum, maximum } = limits;
  if (typeof minimum === "number" && value < minimum)
    return { value: was, problem: `must be ${minimum} at least` };
  if (typeof maximum === "number" && value > maximum)
    return { value: was, problem: `must be ${maximum} at most` };
  return { value };
}
