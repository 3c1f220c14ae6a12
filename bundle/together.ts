// Decides what shall lie in one file though not everybody needs all of it: to find a file takes as
// long as to read so much of another.
import { reach, sourcesOf, startOf, type Besides, type Outputs } from "./late.ts";

/** What could as well be read in the time that it takes to find one more file. */
const BYTES_OF_A_FILE = 50_000;

/** Hosts start these, with a person waiting; the others count once. */
const OFTEN = new Map([
  ["src/cli/commands/serve.ts", 10],
  ["src/cli/commands/gateway.ts", 10],
]);

/** Starts that anything more would be too much for; what is not loaded by `import()` is such, too. */
const LEAN = new Set(["src/cli/main.ts"]);

/** An output that several starts share, and by which of them it is reached, in the end. */
interface Part {
  readonly name: string;
  readonly bytes: number;
  /** All that is loaded with it, and itself. */
  readonly with: readonly string[];
  readonly by: Set<string>;
}

type Parts = ReadonlyMap<string, Part>;

/**
 * What each start imports besides so that the files become few: of all pairs of files, the one is
 * made into one that gains most, until none gains.
 *
 * @param outputs of a build in which starts know what is loaded
 * @param starts that are not loaded by `import()`
 */
export function whatIsNear(outputs: Outputs, starts: readonly string[]): Besides {
  const fixed = new Set([...starts, ...LEAN]);
  const names = Object.keys(outputs);
  const entries = names.filter((name) => outputs[name]?.entryPoint !== undefined);
  const reached = new Map(entries.map((entry) => [entry, reach(outputs, entry)]));
  const toPart = (name: string): Part => ({
    name,
    bytes: outputs[name]?.bytes ?? 0,
    with: [...reach(outputs, name)],
    by: new Set(entries.filter((entry) => reached.get(entry)?.has(name))),
  });
  const parts: Parts = new Map(names.map((name) => [name, toPart(name)]));
  const shared = [...parts.values()].filter(
    ({ name }) => !entries.includes(name) && sourcesOf(outputs, name).length > 0,
  );
  const weights = new Map(
    entries.map((entry) => [entry, weigh(startOf(outputs, entry) ?? "", fixed)]),
  );
  const weightOf = (entry: string): number => weights.get(entry) ?? 1;
  for (let best = findBest(shared, { parts, weightOf }); best !== undefined;) {
    for (const part of best.with) for (const entry of best.by) part.by.add(entry);
    best = findBest(shared, { parts, weightOf });
  }
  const besides = (entry: string): Set<string> =>
    new Set(
      shared
        .filter(({ name, by }) => by.has(entry) && reached.get(entry)?.has(name) !== true)
        .flatMap(({ name }) => sourcesOf(outputs, name)),
    );
  return new Map(entries.map((entry) => [startOf(outputs, entry) ?? "", besides(entry)]));
}

function weigh(start: string, fixed: ReadonlySet<string>): number {
  return fixed.has(start) ? Infinity : (OFTEN.get(start) ?? 1);
}

interface Means {
  parts: Parts;
  /** How much a byte more counts for a start. */
  weightOf(entry: string): number;
}

interface Union {
  gain: number;
  with: readonly Part[];
  by: ReadonlySet<string>;
}

function findBest(shared: readonly Part[], means: Means): Union | undefined {
  // What the same starts reach lies in one file already.
  const files = new Map<string, Part[]>();
  for (const part of shared) {
    const starts = [...part.by].toSorted().join("\n");
    files.set(starts, [...(files.get(starts) ?? []), part]);
  }
  const all = [...files.values()];
  let best: Union | undefined;
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      const union = unite([...one, ...other], means);
      if (union.gain > (best?.gain ?? 0)) best = union;
    }
  }
  return best;
}

/** What it would come to if all that reach one of two files reached both. */
function unite(both: readonly Part[], { parts, weightOf }: Means): Union {
  const by = new Set(both.flatMap((part) => [...part.by]));
  const all = new Set(both.flatMap((part) => part.with));
  const loaded = [...all].flatMap((name) => parts.get(name) ?? []);
  let gain = 0;
  for (const entry of by) {
    if (both.every((part) => part.by.has(entry))) {
      const weight = weightOf(entry);
      gain += BYTES_OF_A_FILE * (Number.isFinite(weight) ? weight : 1);
    }
    for (const part of loaded) if (!part.by.has(entry)) gain -= part.bytes * weightOf(entry);
  }
  return { gain, with: loaded, by };
}
