import { measureAll, ratioOfRounds, type BenchOptions, type Section } from "../harness.ts";

const OTHER = "other process";

/** From a decision to the start of the tool. */
export async function decisions({ repetitions }: BenchOptions): Promise<Section> {
  const rows = await measureAll(
    ["decideHere", "decideElsewhere"].map((task) => ({
      label: task === "decideHere" ? "same process" : OTHER,
      subject: "holdpoint",
      task,
      size: "",
      parameters: {},
    })),
    Math.min(repetitions, 3),
  );
  return {
    title: "From a decision to the start of the tool",
    rows,
    targets: [
      {
        text: "ms in another process, 95th percentile",
        is: "most",
        limit: 20,
        ...ratioOfRounds(rows, { subject: OTHER, size: "", figure: "p95Ms" }),
      },
    ],
    notes: [
      "Two commits lie between them: the decision, and that the call was started. Where the system does not tell of writes, another process looks every 200 ms.",
    ],
  };
}
