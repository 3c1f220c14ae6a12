import { figureOf, measureAll, type BenchOptions, type Section } from "../harness.ts";

/** What a run adds to a loop over the `openai` client, on a stand-in server of this machine. */
export async function client({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const turns = isQuick ? 50 : 200;
  const deltas = isQuick ? 500 : 2_000;
  const rows = await measureAll(
    [{ turns }, { deltas }].map((parameters) => ({
      subject: "client",
      task: "deltas" in parameters ? "streamed" : "plain",
      label: "deltas" in parameters ? "streamed" : "plain",
      size: "deltas" in parameters ? `${deltas} deltas` : `${turns} turns`,
      parameters,
    })),
    repetitions,
  );
  const [plain, streamed] = [`${turns} turns`, `${deltas} deltas`];
  return {
    title: "Over the openai client",
    rows,
    targets: [
      {
        text: "milliseconds added to a turn",
        is: "most",
        limit: 0.3,
        ratio: figureOf(rows, { subject: "plain", size: plain, figure: "addedMsPerTurn" }),
      },
      {
        text: "a streamed delta over the bare client's",
        is: "most",
        limit: 1.4,
        ratio: figureOf(rows, { subject: "streamed", size: streamed, figure: "overBare" }),
      },
    ],
    notes: ["Bare and ours take turns in one process; the server is another one."],
  };
}
