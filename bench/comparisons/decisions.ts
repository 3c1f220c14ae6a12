import { measureAll, type BenchOptions, type Section } from "../harness.ts";

/** From a decision to the start of the tool. */
export async function decisions({ repetitions }: BenchOptions): Promise<Section> {
  const rows = await measureAll(
    ["decideHere", "decideElsewhere"].map((task) => ({
      label: task === "decideHere" ? "same process" : "other process",
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
    targets: [],
    notes: ["Another process looks every 200 ms whether the store has changed."],
  };
}
