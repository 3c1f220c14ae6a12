/**
 * The one of `known` that `word` was probably meant to be: at most a third of its letters, and two at
 * least, are other ones, missing, too many or changed places with a neighbour.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  const [best] = known
    .map((name) => ({ name, distance: distanceOf(word, name) }))
    .filter(({ name, distance }) => distance <= limit && distance < name.length)
    .toSorted((one, other) => one.distance - other.distance);
  return best?.name;
}

/** Optimal string alignment: edits that turn one word into the other. */
function distanceOf(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let at = 1; at <= other.length; at += 1) {
      const isSame = one[row - 1] === other[at - 1];
      const edits = [
        (last[at] ?? 0) + 1,
        (next[at - 1] ?? 0) + 1,
        (last[at - 1] ?? 0) + (isSame ? 0 : 1),
      ];
      const isSwapped = one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      if (row > 1 && at > 1 && isSwapped) edits.push((before[at - 2] ?? 0) + 1);
      next.push(Math.min(...edits));
    }
    before = last;
    last = next;
  }
  return last[other.length] ?? 0;
}
