import { measureAll, ratioOfRounds, type BenchOptions, type Section } from "../harness.ts";

/** What it costs that each commit is sealed, and noted outside of the store. */
export async function anchoring({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const size = isQuick ? "100" : "400";
  const rows = await measureAll(
    [false, true].map((anchored) => ({
      label: anchored ? "anchored" : "without",
      subject: "holdpoint",
      task: "approvals",
      size,
      parameters: { turns: Number(size), anchored },
    })),
    repetitions,
  );
  const at = (subject: string, figure: string) => ({ subject, size, figure });
  const ratio = (figure: string) =>
    ratioOfRounds(rows, at("anchored", figure), at("without", figure));
  return {
    title: "Approvals with and without an anchor",
    rows,
    targets: [
      { text: "time with an anchor over that without", is: "most", limit: 1.05, ...ratio("ms") },
      {
        text: "CPU time with an anchor over that without",
        is: "most",
        limit: 1.05,
        ...ratio("cpuMs"),
      },
    ],
    notes: [
      "By turns, in a process of its own each; the ratio is the median of those of the rounds.",
    ],
  };
}
