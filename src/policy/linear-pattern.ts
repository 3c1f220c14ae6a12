import { parsePattern, type Node } from "./pattern-syntax.ts";

/**
 * A regular expression that is found in a text or not, in time linear in the text, whatever the
 * expression: all ways through it are followed at once, and none is ever gone back on.
 */
export interface Pattern {
  test(text: string): boolean;
}

type Step =
  | { type: "character"; accepts: (character: string) => boolean; next: number }
  | { type: "assertion"; kind: Assertion; next: number }
  | { type: "fork"; next: number; other: number }
  | { type: "found" };
type Assertion = Extract<Node, { type: "assertion" }>["kind"];

const MOST_STEPS = 2_000;
const cache = new Map<string, Pattern>();
const MOST_CACHED = 500;

/** @throws SyntaxError which says what of the expression is not taken */
export function createPattern(source: string): Pattern {
  const known = cache.get(source);
  if (known !== undefined) return known;
  const steps: Step[] = [{ type: "found" }];
  const first = compile(parsePattern(source), { steps, next: 0 });
  const pattern: Pattern = { test: createMatcher(steps, first) };
  if (cache.size >= MOST_CACHED) cache.clear();
  cache.set(source, pattern);
  return pattern;
}

/** Why an expression is not taken; `undefined` when it is. */
export function patternProblem(source: string): string | undefined {
  try {
    createPattern(source);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "is not a regular expression";
  }
}

/** Adds the steps of a node which go on with step `next`; the number of its first step. */
function compile(node: Node, to: { steps: Step[]; next: number }): number {
  const { steps, next } = to;
  const add = (step: Step): number => {
    if (steps.length >= MOST_STEPS) throw new SyntaxError("is too large once it is written out");
    return steps.push(step) - 1;
  };
  switch (node.type) {
    case "character":
      return add({ type: "character", accepts: createTest(node), next });
    case "assertion":
      return add({ type: "assertion", kind: node.kind, next });
    case "sequence":
      return node.nodes.reduceRight((after, each) => compile(each, { steps, next: after }), next);
    case "choice": {
      const [last, ...others] = node.nodes.map((each) => compile(each, to)).toReversed();
      return others.reduce(
        (other, first) => add({ type: "fork", next: first, other }),
        last ?? next,
      );
    }
    case "repeat":
      return compileRepeat(node, to, add);
  }
}

function compileRepeat(
  { node, min, max }: Extract<Node, { type: "repeat" }>,
  { steps, next }: { steps: Step[]; next: number },
  add: (step: Step) => number,
): number {
  let first = next;
  if (max === Infinity) {
    const loop: Step = { type: "fork", next, other: next };
    first = add(loop);
    loop.other = compile(node, { steps, next: first });
  } else {
    if (max > MOST_STEPS) throw new SyntaxError("is too large once it is written out");
    for (let more = min; more < max; more += 1) {
      first = add({ type: "fork", next, other: compile(node, { steps, next: first }) });
    }
  }
  if (min > MOST_STEPS) throw new SyntaxError("is too large once it is written out");
  for (let more = 0; more < min; more += 1) first = compile(node, { steps, next: first });
  return first;
}

function createTest(node: Extract<Node, { type: "character" }>): (character: string) => boolean {
  const { source, ignoreCase } = node;
  const one = new RegExp(`^(?:${source})$`, ignoreCase ? "iu" : "u");
  const ascii: (boolean | undefined)[] = [];
  return (character) => {
    const code = character.charCodeAt(0);
    if (code > 127) return one.test(character);
    return (ascii[code] ??= one.test(character));
  };
}

/**
 * Where all ways are after some characters. What comes of one more character is worked out once and
 * kept: most texts meet few of these, and each character then costs one look.
 */
interface Standing {
  /** Steps that go on behind the last character. */
  readonly numbers: readonly number[];
  readonly before: string | undefined;
  readonly after: Map<string, Standing | "found">;
}

const MOST_KEPT = 500;

function createMatcher(steps: readonly Step[], first: number): (text: string) => boolean {
  const kept = new Map<string, Standing>();
  const standing = (numbers: readonly number[], before: string | undefined): Standing => {
    // Of what stands before, only its kind is ever asked.
    const key = `${before === undefined ? "start" : isWord(before)}:${numbers.join(",")}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= MOST_KEPT) kept.clear();
    const made: Standing = { numbers, before, after: new Map() };
    kept.set(key, made);
    return made;
  };
  const goOn = (from: Standing, after: string | undefined): Standing | "found" => {
    const ready = reach(steps, { open: [...from.numbers, first], before: from.before, after });
    if (ready === "found") return "found";
    if (after === undefined) return from;
    const next = ready.filter(({ accepts }) => accepts(after)).map((step) => step.next);
    return standing(
      [...new Set(next)].toSorted((x, y) => x - y),
      after,
    );
  };
  return (text) => {
    let now = standing([], undefined);
    for (const character of text) {
      let next = now.after.get(character);
      if (next === undefined) {
        next = goOn(now, character);
        if (now.after.size >= MOST_KEPT) now.after.clear();
        now.after.set(character, next);
      }
      if (next === "found") return true;
      now = next;
    }
    return goOn(now, undefined) === "found";
  };
}

/** The characters that are waited for once all that needs none was gone through. */
function reach(
  steps: readonly Step[],
  { open, ...around }: { open: number[] } & Around,
): Extract<Step, { type: "character" }>[] | "found" {
  const seen = new Set<number>();
  const ready: Extract<Step, { type: "character" }>[] = [];
  for (let number = open.pop(); number !== undefined; number = open.pop()) {
    const step = steps[number];
    if (seen.has(number) || step === undefined) continue;
    seen.add(number);
    if (step.type === "found") return "found";
    if (step.type === "character") ready.push(step);
    else if (step.type === "fork") open.push(step.next, step.other);
    else if (holds(step.kind, around)) open.push(step.next);
  }
  return ready;
}

interface Around {
  readonly before: string | undefined;
  readonly after: string | undefined;
}

function holds(kind: Assertion, { before, after }: Around): boolean {
  if (kind === "start") return before === undefined;
  if (kind === "end") return after === undefined;
  const atBoundary = isWord(before) !== isWord(after);
  return kind === "boundary" ? atBoundary : !atBoundary;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /^\w$/.test(character);
}
