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
  const pattern: Pattern = { test: (text) => isFound({ steps, first }, text) };
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

function isFound({ steps, first }: { steps: Step[]; first: number }, text: string): boolean {
  const characters = Array.from(text);
  const seen = new Int32Array(steps.length).fill(-1);
  let current: number[] = [];
  for (let at = 0; at <= characters.length; at += 1) {
    const around: Around = { before: characters[at - 1], after: characters[at] };
    const ready: Extract<Step, { type: "character" }>[] = [];
    const open = [...current, first];
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      if (seen[number] === at) continue;
      seen[number] = at;
      const step = steps[number];
      if (step === undefined) continue;
      if (step.type === "found") return true;
      if (step.type === "character") ready.push(step);
      else if (step.type === "fork") open.push(step.next, step.other);
      else if (holds(step.kind, around)) open.push(step.next);
    }
    const { after } = around;
    if (after === undefined) return false;
    current = ready.filter(({ accepts }) => accepts(after)).map(({ next }) => next);
  }
  return false;
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
