import { createPattern, type Pattern } from "./linear-pattern.ts";

const MOST_ALTERNATIVES = 200;

/** Whether a name is one of globs in which `*` also crosses slashes and dots; without one, yes. */
export function matchesName(
  patterns: string | readonly string[] | undefined,
  name: string,
): boolean {
  if (patterns === undefined) return true;
  return [patterns].flat().some((pattern) => {
    return matchesList(Array.from(pattern), Array.from(name), { star: "*", matches: isSame });
  });
}

function isSame(one: string, other: string | undefined): boolean {
  return one === other;
}

/** A glob over paths with slashes. */
export interface PathGlob {
  /** `undefined` where only its folder is met: `a/**` and `a`. */
  test(path: string): boolean | undefined;
}

/**
 * `*` and `?` within a name, `[a-z]` and `[!a-z]`, `{a,b}`, and `**` for any number of names; names
 * that begin with a dot match as all others.
 *
 * @throws SyntaxError which says what of the glob is not taken
 */
export function createPathGlob(pattern: string): PathGlob {
  if (/[!*+?@]\(/.test(pattern)) {
    throw new SyntaxError("has a group in parentheses: write several globs");
  }
  const alternatives = expandBraces(pattern).map((each) => each.split("/").map(toSegment));
  return {
    test(path) {
      const names = path.split("/");
      const isHit = (segments: Segment[]): boolean =>
        matchesList(segments, names, {
          star: ANY,
          matches: (segment, name) => segment !== ANY && name !== undefined && segment.test(name),
        });
      if (alternatives.every((segments) => !isHit(segments))) return false;
      const within = alternatives.filter((each) => each.at(-1) !== ANY || each.length === 1);
      if (within.some((segments) => isHit(segments))) return true;
      const below = alternatives.filter((each) => each.at(-1) === ANY && each.length > 1);
      const isBelow = below.some((segments) => isHit([...segments, toSegment("*")]));
      return isBelow ? true : undefined;
    },
  };
}

/** Why a glob is not taken; `undefined` when it is. */
export function globProblem(pattern: string): string | undefined {
  try {
    createPathGlob(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "is no glob";
  }
}

const ANY = "**";
type Segment = typeof ANY | Pattern;

function toSegment(text: string): Segment {
  if (text === "**") return ANY;
  const parts = text.match(/\[!?[^\]]+\]|\\[^]|[^]/gu) ?? [];
  const source = parts.map((part) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.length > 2 && part.startsWith("[")) {
      const isNot = part[1] === "!" || part[1] === "^";
      const inner = part.slice(isNot ? 2 : 1, -1).replaceAll(/[\\[\]^]/g, String.raw`\$&`);
      return isNot ? `[^/${inner}]` : `[${inner}]`;
    }
    const plain = part.length > 1 && part.startsWith("\\") ? part.slice(1) : part;
    return plain.replace(/[\\^$+?.()|[\]{}*/]/, String.raw`\$&`);
  });
  return createPattern(`^${source.join("")}$`);
}

/** @throws SyntaxError where there are too many */
function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    const [whole, before = "", inner = "", after = ""] =
      /^((?:\\[^]|[^\\])*)\{([^{}]*,[^{}]*)\}([^]*)$/u.exec(text) ?? [];
    if (whole === undefined) done.push(text);
    else open.push(...inner.split(",").map((each) => `${before}${each}${after}`));
    if (done.length + open.length > MOST_ALTERNATIVES) {
      throw new SyntaxError(`has more than ${MOST_ALTERNATIVES} alternatives`);
    }
  }
  return done;
}

/**
 * Whether parts match items one by one, a star any number of them. Goes back to the last star only,
 * so that it never takes more than parts times items.
 */
function matchesList<P, I>(
  parts: readonly P[],
  items: readonly I[],
  { star, matches }: { star: P; matches: (part: P, item: I | undefined) => boolean },
): boolean {
  let part = 0;
  let item = 0;
  let lastStar = -1;
  let resumeAt = 0;
  while (item < items.length) {
    const current = parts[part];
    if (current !== undefined && current === star) {
      lastStar = part;
      resumeAt = item;
      part += 1;
    } else if (current !== undefined && matches(current, items[item])) {
      part += 1;
      item += 1;
    } else if (lastStar >= 0) {
      part = lastStar + 1;
      resumeAt += 1;
      item = resumeAt;
    } else return false;
  }
  while (parts[part] === star) part += 1;
  return part === parts.length;
}
