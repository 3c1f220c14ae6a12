import {
  measureAll,
  ratioOfRounds,
  type BenchOptions,
  type Case,
  type Section,
} from "../harness.ts";

const SIZES = [1_000, 20_000];
/** A run that asks in its 60th turn has a journal of some 180 entries. */
const LONG = 60;

/** A page of 100 pending approvals, of long runs, and among few and many runs. */
export async function listing({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const sizes = isQuick ? [100, 2_000] : SIZES;
  const toCase = (runs: number, turns = 1): Case => ({
    subject: "holdpoint",
    task: "listing",
    size: turns === 1 ? `${runs}` : `${runs}, of ${turns} turns`,
    parameters: { runs, turns },
  });
  const long = toCase(0, LONG);
  const cases = [...sizes.map((runs) => toCase(runs)), long];
  const rows = await measureAll(cases, Math.min(repetitions, 3));
  const at = (size: string, figure: string) => ({ subject: "holdpoint", size, figure });
  const [few = 0, many = 0] = sizes;
  return {
    title: "100 pending approvals among many runs",
    rows,
    targets: [
      {
        text: `CPU ms a page of 100 approvals of ${LONG}-turn runs`,
        is: "most",
        limit: 3,
        ...ratioOfRounds(rows, at(long.size, "cpuMs")),
      },
      {
        text: "among many over few",
        is: "most",
        limit: 2,
        ...ratioOfRounds(rows, at(`${many}`, "cpuMs"), at(`${few}`, "cpuMs")),
      },
    ],
    notes: ["A process that was just opened; `firstMs` is its first page."],
  };
}
