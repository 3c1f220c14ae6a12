import type { Difference } from "../engine/entry-parts.ts";
import { lineDifference, type LineChange } from "../lib/line-difference.ts";

/** How many lines that stay are shown around those that do not. */
const AROUND = 3;
/** How many characters of lines that go are kept; those that come stand in the call. */
const MOST_GONE = 64_000;

/**
 * A difference as it is kept. Of lines that come nothing is left out.
 *
 * @param strike takes secrets out of a line
 */
export function toDifference(
  before: string,
  after: string,
  strike: (text: string) => string,
): Difference {
  const changes = lineDifference(before, after);
  const isNear = nearChanges(changes);
  const lines: string[] = [];
  let [line, left, omitted, isJump] = [1, MOST_GONE, 0, false];
  for (const [index, { mark, text }] of changes.entries()) {
    const isKept = mark === "+" || (isNear[index] === true && text.length <= left);
    if (mark === "-" && !isKept) omitted += 1;
    if (isKept) {
      if (isJump) lines.push(`@${line}`);
      lines.push(`${mark}${strike(text)}`);
    }
    isJump = !isKept;
    if (isKept && mark !== "+") left -= text.length;
    if (mark !== "+") line += 1;
  }
  const count = (mark: LineChange["mark"]): number =>
    changes.filter((each) => each.mark === mark).length;
  return {
    added: count("+"),
    removed: count("-"),
    lines,
    ...(omitted === 0 ? {} : { omitted }),
  };
}

/** Which of them change something, or stand near one that does. */
function nearChanges(changes: readonly LineChange[]): boolean[] {
  const isNear = changes.map(() => false);
  for (const [index, { mark }] of changes.entries()) {
    if (mark !== " ") isNear.fill(true, Math.max(0, index - AROUND), index + AROUND + 1);
  }
  return isNear;
}
