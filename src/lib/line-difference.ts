/** Lines of two texts: what stays, goes and comes, in their order. */
export interface LineChange {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/** With more lines that differ than that, a part is taken as replaced at once. */
const MOST_STEPS = 1_000;

/** The shortest way from one text to another, by lines (Myers, "An O(ND) Difference Algorithm"). */
export function lineDifference(before: string, after: string): LineChange[] {
  const [from, to] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start += 1;
  let [fromEnd, toEnd] = [from.length, to.length];
  while (fromEnd > start && toEnd > start && from[fromEnd - 1] === to[toEnd - 1]) {
    fromEnd -= 1;
    toEnd -= 1;
  }
  return [
    ...marked(" ", from.slice(0, start)),
    ...changesBetween(from.slice(start, fromEnd), to.slice(start, toEnd)),
    ...marked(" ", from.slice(fromEnd)),
  ];
}

function marked(mark: LineChange["mark"], lines: readonly string[]): LineChange[] {
  return lines.map((text) => ({ mark, text }));
}

function changesBetween(from: readonly string[], to: readonly string[]): LineChange[] {
  const trail = from.length === 0 || to.length === 0 ? undefined : walk(from, to);
  if (trail === undefined) return [...marked("-", from), ...marked("+", to)];
  const changes: LineChange[] = [];
  let [x, y] = [from.length, to.length];
  for (let steps = trail.length - 1; steps > 0; steps -= 1) {
    const reached = trail[steps - 1] ?? new Map<number, number>();
    const k = x - y;
    const isDown = takesDown(reached, { k, steps });
    const before = isDown ? k + 1 : k - 1;
    const fromX = reached.get(before) ?? 0;
    const fromY = fromX - before;
    const [afterX, afterY] = isDown ? [fromX, fromY + 1] : [fromX + 1, fromY];
    for (; x > afterX && y > afterY; y -= 1) {
      x -= 1;
      changes.push({ mark: " ", text: from[x] ?? "" });
    }
    changes.push(
      isDown ? { mark: "+", text: to[fromY] ?? "" } : { mark: "-", text: from[fromX] ?? "" },
    );
    [x, y] = [fromX, fromY];
  }
  for (x -= 1; x >= 0; x -= 1) changes.push({ mark: " ", text: from[x] ?? "" });
  return changes.toReversed();
}

/** How far each diagonal is reached with so many steps, up to the end; `undefined` beyond the most. */
function walk(from: readonly string[], to: readonly string[]): Map<number, number>[] | undefined {
  const trail: Map<number, number>[] = [];
  for (let steps = 0; steps <= MOST_STEPS; steps += 1) {
    const before = trail.at(-1) ?? new Map<number, number>();
    const reached = new Map<number, number>();
    trail.push(reached);
    for (let k = -steps; k <= steps; k += 2) {
      let x = 0;
      if (steps > 0) {
        x = takesDown(before, { k, steps })
          ? (before.get(k + 1) ?? 0)
          : (before.get(k - 1) ?? 0) + 1;
      }
      while (x < from.length && x - k < to.length && from[x] === to[x - k]) x += 1;
      reached.set(k, x);
      if (x >= from.length && x - k >= to.length) return trail;
    }
  }
  return undefined;
}

/** Whether the farthest way to a diagonal comes from above: by a line that comes. */
function takesDown(
  reached: ReadonlyMap<number, number>,
  { k, steps }: { k: number; steps: number },
): boolean {
  if (k === -steps) return true;
  return k !== steps && (reached.get(k - 1) ?? -1) < (reached.get(k + 1) ?? -1);
}
