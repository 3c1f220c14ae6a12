const TOKEN =
  // oxlint-disable-next-line no-control-regex -- JSON forbids these in strings
  /[\t\n\r ]*(?:([[\]{}:,])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))/y;

/** What may stand next. */
type Wanted = "value" | "value or ]" | "key" | "key or }" | "colon" | "comma or end";

const inWords: Readonly<Record<Wanted, string>> = {
  value: "a value is missing",
  "value or ]": "a value or ] is missing",
  key: 'a name in " " is missing',
  "key or }": 'a name in " " or } is missing',
  colon: "a colon is missing",
  "comma or end": "a comma or the closing bracket is missing",
};

/**
 * Where a text stops being JSON (RFC 8259), and what would have to stand there; `undefined` where all
 * of it is. Never quotes the text.
 */
export function findJsonFault(text: string): { at: number; why: string } | undefined {
  const open: ("{" | "[")[] = [];
  let wanted: Wanted = "value";
  let at = 0;
  for (;;) {
    const isOver: boolean = open.length === 0 && wanted === "comma or end";
    TOKEN.lastIndex = at;
    const [whole = "", mark, string, literal] = TOKEN.exec(text) ?? [];
    const start = at + (/^[\t\n\r ]*/.exec(text.slice(at, at + whole.length))?.[0].length ?? 0);
    if (whole === "") return atRest(text, { at, isOver, wanted });
    const next: Wanted | undefined = isOver
      ? undefined
      : after({ mark, string, literal }, { open, wanted });
    if (next === undefined) {
      return { at: start, why: isOver ? "nothing may follow here" : inWords[wanted] };
    }
    wanted = next;
    at += whole.length;
  }
}

/** Nothing that JSON knows comes next: the end, or a fault. */
function atRest(
  text: string,
  { at, isOver, wanted }: { at: number; isOver: boolean; wanted: Wanted },
): { at: number; why: string } | undefined {
  const space = /[\t\n\r ]*/y;
  space.lastIndex = at;
  const from = at + (space.exec(text)?.[0].length ?? 0);
  if (from === text.length) {
    return isOver ? undefined : { at: from, why: `the text ends, and ${inWords[wanted]}` };
  }
  if (isOver) return { at: from, why: "nothing may follow here" };
  const takesString = wanted !== "colon" && wanted !== "comma or end";
  if (takesString && text[from] === '"') {
    return {
      at: from,
      why: "a text in quotation marks is not closed, or has a character that must be escaped",
    };
  }
  return { at: from, why: inWords[wanted] };
}

interface Token {
  mark: string | undefined;
  string: string | undefined;
  literal: string | undefined;
}

/** What is wanted after a token; `undefined` where it may not stand there. */
function after(
  { mark, string, literal }: Token,
  { open, wanted }: { open: ("{" | "[")[]; wanted: Wanted },
): Wanted | undefined {
  const takesValue = wanted === "value" || wanted === "value or ]";
  const takesKey = wanted === "key" || wanted === "key or }";
  if (string !== undefined && takesKey) return "colon";
  if (string !== undefined || literal !== undefined) {
    return takesValue ? "comma or end" : undefined;
  }
  if (mark === ":") return wanted === "colon" ? "value" : undefined;
  if (mark === ",") {
    if (wanted !== "comma or end") return undefined;
    return open.at(-1) === "{" ? "key" : "value";
  }
  if (mark === "{" || mark === "[") {
    if (!takesValue) return undefined;
    open.push(mark);
    return mark === "{" ? "key or }" : "value or ]";
  }
  const isEmpty = wanted === (mark === "}" ? "key or }" : "value or ]");
  if (!isEmpty && wanted !== "comma or end") return undefined;
  return open.pop() === (mark === "}" ? "{" : "[") ? "comma or end" : undefined;
}

/** A place in a text as editors show it. */
export function describePosition(text: string, at: number): string {
  const lines = text.slice(0, at).split("\n");
  return `line ${lines.length}, column ${(lines.at(-1) ?? "").length + 1}`;
}
