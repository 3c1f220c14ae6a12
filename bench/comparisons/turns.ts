import { figureOf, measureAll, ratioOf, type BenchOptions, type Section } from "../harness.ts";

const SIZES = [10, 50, 100, 200, 400];

/** A turn of a run without approvals, in one process and without a store. */
export async function turns({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const sizes = isQuick ? [10, 100] : SIZES;
  const cases = sizes.flatMap((turns) =>
    ["holdpoint", "ai-sdk", "langgraph", "openai-agents"].map((subject) => ({
      subject,
      task: "turns",
      size: `${turns}`,
      parameters: { turns },
    })),
  );
  const rows = await measureAll(cases, repetitions);
  const at = (subject: string, size: string) =>
    figureOf(rows, { subject, size, figure: "msPerTurn" });
  return {
    title: "A turn in process",
    rows,
    targets: [
      {
        text: "our turn over that of ai-sdk, 100 turns",
        is: "most",
        limit: 0.5,
        ratio: ratioOf(at("holdpoint", "100"), at("ai-sdk", "100")),
      },
      {
        text: "our turn over that of ai-sdk, 400 turns",
        is: "most",
        limit: 0.5,
        ratio: ratioOf(at("holdpoint", "400"), at("ai-sdk", "400")),
      },
      {
        text: "our 400th turn over the 100th",
        is: "most",
        limit: 1.2,
        ratio: figureOf(rows, { subject: "holdpoint", size: "400", figure: "lateOverEarly" }),
      },
    ],
    notes: ["After 800 turns that are not counted. A turn: a model call and its tool call."],
  };
}
