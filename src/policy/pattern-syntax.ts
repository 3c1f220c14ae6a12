/** A pattern as a tree; what matches one character is asked of the engine, a character at a time. */
export type Node =
  | { type: "character"; source: string; ignoreCase: boolean }
  | { type: "assertion"; kind: "start" | "end" | "boundary" | "inside" }
  | { type: "sequence"; nodes: Node[] }
  | { type: "choice"; nodes: Node[] }
  | { type: "repeat"; node: Node; min: number; max: number };

const LONGEST_SOURCE = 2_000;
const MOST_NESTED = 100;

const assertions = { "^": "start", $: "end", "\\b": "boundary", "\\B": "inside" } as const;

/**
 * Reads a regular expression of JavaScript (flag `u`), but for what cannot be matched in linear
 * time: looking around, and repeating what a group matched.
 *
 * @throws SyntaxError which says what is not taken
 */
export function parsePattern(source: string): Node {
  if (source.length > LONGEST_SOURCE) {
    throw new SyntaxError(`has more than ${LONGEST_SOURCE} characters`);
  }
  try {
    void new RegExp(source, "u");
  } catch {
    throw new SyntaxError("is not a regular expression");
  }
  const reader: Reader = { source, at: 0, depth: 0, ignoreCase: false };
  return readChoice(reader);
}

/** The text is a sound expression: only what is not taken is refused here. */
interface Reader {
  readonly source: string;
  at: number;
  depth: number;
  ignoreCase: boolean;
}

function readChoice(reader: Reader): Node {
  const nodes = [readSequence(reader)];
  while (reader.source[reader.at] === "|") {
    reader.at += 1;
    nodes.push(readSequence(reader));
  }
  return { type: "choice", nodes };
}

function readSequence(reader: Reader): Node {
  const nodes: Node[] = [];
  for (;;) {
    const next = reader.source[reader.at];
    if (next === undefined || next === "|" || next === ")") return { type: "sequence", nodes };
    nodes.push(readTerm(reader));
  }
}

function readTerm(reader: Reader): Node {
  const { source, at } = reader;
  if (source[at] === "(") return readRepeat(reader, readGroup(reader));
  const text = /^(?:\\[bB]|[$^])/.exec(source.slice(at, at + 2))?.[0];
  if (text === undefined) return readRepeat(reader, readCharacter(reader));
  reader.at += text.length;
  return { type: "assertion", kind: assertions[text as keyof typeof assertions] };
}

const opening = /\((?:\?(?:<(?![=!])[^>]*>|([a-z]*)(?:-([a-z]*))?:))?/y;

function readGroup(reader: Reader): Node {
  const before = reader.ignoreCase;
  opening.lastIndex = reader.at;
  const [text = "", on = "", off = ""] = opening.exec(reader.source) ?? [];
  if (reader.source[reader.at + text.length] === "?") {
    throw new SyntaxError("looks ahead or behind, which takes more than linear time");
  }
  if (/[^i]/.test(on + off)) throw new SyntaxError("has other modifiers than i");
  reader.depth += 1;
  if (reader.depth > MOST_NESTED) throw new SyntaxError("is nested too deeply");
  reader.at += text.length;
  if (on !== "") reader.ignoreCase = true;
  if (off !== "") reader.ignoreCase = false;
  const node = readChoice(reader);
  reader.ignoreCase = before;
  reader.depth -= 1;
  reader.at += 1;
  return node;
}

// One class, escape or character, as far as its text goes.
const character =
  /\[(?:\\.|[^\]\\])*\]|\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u\{[^}]*\}|u.{4}|x..|c.|[pP]\{[^}]*\}|.)|[^]/uy;

function readCharacter(reader: Reader): Node {
  character.lastIndex = reader.at;
  const [text = ""] = character.exec(reader.source) ?? [];
  if (/^\\[1-9k]/.test(text)) {
    throw new SyntaxError("repeats what a group matched, which takes more than linear time");
  }
  reader.at += text.length;
  return { type: "character", source: text, ignoreCase: reader.ignoreCase };
}

const quantifier = /(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/y;

function readRepeat(reader: Reader, node: Node): Node {
  quantifier.lastIndex = reader.at;
  const found = quantifier.exec(reader.source);
  if (found === null) return node;
  const [text, least, comma, most] = found;
  reader.at += text.length;
  const [sign] = text;
  if (sign !== "{") {
    return { type: "repeat", node, min: sign === "+" ? 1 : 0, max: sign === "?" ? 1 : Infinity };
  }
  const min = Number(least);
  const max = comma === "" ? min : most === "" ? Infinity : Number(most);
  return { type: "repeat", node, min, max };
}
