import { readFileSync } from "node:fs";

/**
 * The files that take four seconds or more, and how long; from the list that vitest prints on two
 * quiet cores. One that is missing is run each time.
 */
const slowFiles = JSON.parse(
  readFileSync(new URL("slow-files.json", import.meta.url), "utf8"),
) as Readonly<Record<string, number>>;

/** What slow files may take together, of one core: half of it where there are two. */
const SECONDS = 110;
const DAY_MS = 86_400_000;

/**
 * The slow files in groups, one of which is run each day: so that all of the suite takes three
 * minutes on two cores, and each file has its turn.
 */
export function dailyGroups(files = slowFiles): string[][] {
  const groups: { names: string[]; seconds: number }[] = [];
  for (const [name, seconds] of Object.entries(files)) {
    let group = groups.find((each) => each.seconds + seconds <= SECONDS);
    if (group === undefined) groups.push((group = { names: [], seconds: 0 }));
    group.names.push(name);
    group.seconds += seconds;
  }
  return groups.map(({ names }) => names);
}

/**
 * The slow files whose turn it is not.
 *
 * @param asked what vitest was called with: where it names files, none is left out
 * @param env `HOLDPOINT_TEST_FILES=all` and `HOLDPOINT_TEST_FULL=1` leave none out
 */
export function leftOutFiles(
  asked: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  nowMs: number,
): string[] {
  if (env["HOLDPOINT_TEST_FILES"] === "all" || env["HOLDPOINT_TEST_FULL"] === "1") return [];
  if (asked.some((each) => /^(?:\.\/)?test\b/.test(each) || each.includes(".test."))) return [];
  const groups = dailyGroups();
  const today = Math.floor(nowMs / DAY_MS) % groups.length;
  return groups.filter((_, index) => index !== today).flat();
}
