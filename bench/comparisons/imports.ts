import { fileURLToPath } from "node:url";

import { figureOf, measureAll, ratioOf, type BenchOptions, type Section } from "../harness.ts";

const libraries = [
  { label: "holdpoint", specifier: new URL("../../dist/index.js", import.meta.url).href },
  { label: "zod", specifier: fileURLToPath(import.meta.resolve("zod")) },
  { label: "@openai/agents", specifier: fileURLToPath(import.meta.resolve("@openai/agents")) },
];

/** What a program waits for before its first line. */
export async function imports({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const cases = libraries.map(({ label, specifier }) => ({
    label,
    subject: "imports",
    task: "load",
    size: "",
    parameters: { specifier },
  }));
  const rows = await measureAll(cases, isQuick ? repetitions : Math.max(7, 2 * repetitions));
  const at = (subject: string): number | undefined =>
    figureOf(rows, { subject, size: "", figure: "importMs" });
  return {
    title: "Import of the library",
    rows,
    targets: [
      { text: "import, over 60 ms", is: "most", limit: 1, ratio: ratioOf(at("holdpoint"), 60) },
    ],
    notes: ["zod is part of holdpoint's import, and of that of @openai/agents."],
  };
}
