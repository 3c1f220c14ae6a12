import { figureOf, measureAll, type BenchOptions, type Section } from "../harness.ts";

/** Many runs at once with a model that takes 20 ms; ideal is the time of one alone. */
export async function crowd({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const runs = isQuick ? 200 : 1_000;
  const parameters = { runs, turns: 5, modelMs: 20 };
  const rows = await measureAll(
    ["holdpoint", "ai-sdk", "langgraph", "openai-agents"].map((subject) => ({
      subject,
      task: "crowd",
      size: `${runs}`,
      parameters,
    })),
    repetitions,
  );
  const ratio = figureOf(rows, { subject: "holdpoint", size: `${runs}`, figure: "timesIdeal" });
  return {
    title: `${runs} runs at once, 5 turns of 20 ms each`,
    rows,
    targets: [{ text: "our time over the ideal", is: "most", limit: 2.5, ratio }],
    notes: ["One process each, in memory."],
  };
}
