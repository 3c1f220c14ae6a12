/** A line of two texts put side by side. */
export interface DiffLine {
  type: "same" | "removed" | "added";
  text: string;
}

/** Beyond this many comparisons a difference is shown as all old lines, then all new ones. */
const COMPARISON_LIMIT = 4_000_000;

/** The shortest way from one text to another, line by line. */
export function diffLines(before: string, after: string): DiffLine[] {
  const old = before.split("\n");
  const now = after.split("\n");
  const start = countSame(old, now);
  const end = countSame(old.slice(start).toReversed(), now.slice(start).toReversed());
  return [
    ...old.slice(0, start).map((text) => ({ type: "same" as const, text })),
    ...diffMiddle(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...old.slice(old.length - end).map((text) => ({ type: "same" as const, text })),
  ];
}

/** How many lines two lists begin with alike. */
function countSame(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((line, index) => line !== b[index]);
  return differs < 0 ? a.length : differs;
}

function diffMiddle(old: readonly string[], now: readonly string[]): DiffLine[] {
  if (old.length * now.length > COMPARISON_LIMIT) return replaced(old, now);
  const common = commonLengths(old, now);
  const width = now.length + 1;
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < old.length && j < now.length) {
    const [left = "", right = ""] = [old[i], now[j]];
    if (left === right) {
      lines.push({ type: "same", text: left });
      i += 1;
      j += 1;
    } else if ((common[(i + 1) * width + j] ?? 0) >= (common[i * width + j + 1] ?? 0)) {
      lines.push({ type: "removed", text: left });
      i += 1;
    } else {
      lines.push({ type: "added", text: right });
      j += 1;
    }
  }
  return [...lines, ...replaced(old.slice(i), now.slice(j))];
}

/** For every pair of places, how many lines the rests have in common, in order. */
function commonLengths(old: readonly string[], now: readonly string[]): Uint32Array {
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const below = common[(i + 1) * width + j] ?? 0;
      const right = common[i * width + j + 1] ?? 0;
      const both = (common[(i + 1) * width + j + 1] ?? 0) + 1;
      common[i * width + j] = old[i] === now[j] ? both : Math.max(below, right);
    }
  }
  return common;
}

function replaced(old: readonly string[], now: readonly string[]): DiffLine[] {
  return [
    ...old.map((text) => ({ type: "removed" as const, text })),
    ...now.map((text) => ({ type: "added" as const, text })),
  ];
}
