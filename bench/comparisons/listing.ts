import { figureOf, measureAll, ratioOf, type BenchOptions, type Section } from "../harness.ts";

const SIZES = [1_000, 20_000];

/** A page of 100 pending approvals among few and many runs. */
export async function listing({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const sizes = isQuick ? [100, 2_000] : SIZES;
  const rows = await measureAll(
    sizes.map((runs) => ({
      subject: "holdpoint",
      task: "listing",
      size: `${runs}`,
      parameters: { runs },
    })),
    Math.min(repetitions, 3),
  );
  const [few, many] = sizes.map((runs) =>
    figureOf(rows, { subject: "holdpoint", size: `${runs}`, figure: "medianMs" }),
  );
  return {
    title: "100 pending approvals among many runs",
    rows,
    targets: [{ text: "among many over few", is: "most", limit: 2, ratio: ratioOf(many, few) }],
    notes: ["A process that was just opened; `firstMs` reads the 100 journals."],
  };
}
