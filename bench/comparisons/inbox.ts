import { measureAll, ratioOfRounds, type BenchOptions, type Section } from "../harness.ts";

/** The page of the inbox in Chromium, with 1,000 calls that wait. */
export async function inbox({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const waiting = isQuick ? 300 : 1_000;
  const size = `${waiting} waiting`;
  const one = { subject: "inbox", label: "holdpoint", task: "page", size, parameters: { waiting } };
  const rows = await measureAll([one], repetitions);
  const most = (text: string, figure: string, limit: number) => ({
    text,
    is: "most" as const,
    limit,
    ...ratioOfRounds(rows, { subject: "holdpoint", size, figure }),
  });
  return {
    title: "The inbox in a browser",
    rows,
    targets: [
      most("ms to the first paint", "firstPaintMs", 200),
      most("ms to the first row that is painted", "firstRowMs", 200),
      most("ms from a click to what was clicked", "clickMs", 100),
      most("requests for a change", "requests", 1),
    ],
    notes: ["Chromium without a GPU; the medians of 9 looks at a page that was loaded before."],
  };
}
