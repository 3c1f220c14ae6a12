/** Whether the suite tries everything; else what takes long is sampled. */
export const isThorough = process.env["HOLDPOINT_TEST_FULL"] === "1";

/** One of `every` items, spread evenly over them; all of them in a thorough run. */
export function sample<T>(items: readonly T[], every: number): T[] {
  return items.filter((_, index) => isThorough || index % every === 0);
}
