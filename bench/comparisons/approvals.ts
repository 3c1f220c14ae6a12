import {
  figureOf,
  measureAll,
  ratioOf,
  type BenchOptions,
  type Case,
  type Section,
} from "../harness.ts";

const SIZES = [50, 100, 200, 400];

interface Subject {
  label: string;
  subject: string;
  task?: string;
  extra?: Record<string, unknown>;
  /** The longest run worth waiting for. */
  upTo?: number;
}

const subjects: readonly Subject[] = [
  { label: "floor", subject: "floor" },
  { label: "holdpoint store", subject: "holdpoint" },
  { label: "holdpoint store, reopened", subject: "holdpoint", extra: { reopened: true } },
  { label: "holdpoint text", subject: "holdpoint", task: "approvalsText" },
  { label: "ai-sdk", subject: "ai-sdk" },
  { label: "langgraph", subject: "langgraph", upTo: 200 },
  { label: "langgraph deltas", subject: "langgraph", extra: { hasDeltas: true }, upTo: 200 },
  { label: "openai-agents", subject: "openai-agents", upTo: 200 },
];

/** An approval at every turn, each saved and loaded again, with 1 kB outputs. */
export async function approvals({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const sizes = isQuick ? SIZES.slice(0, 2) : SIZES;
  const cases = sizes.flatMap((turns) =>
    subjects.flatMap(({ label, subject, task = "approvals", extra, upTo = 400 }): Case[] =>
      turns > upTo
        ? []
        : [
            {
              label,
              subject,
              task,
              size: `${turns}`,
              parameters: { turns, ...extra },
              // A minute a measurement where others take one second.
              ...(subject === "openai-agents" && turns > 100 ? { repetitions: 1 } : {}),
            },
          ],
    ),
  );
  const rows = await measureAll(cases, repetitions);
  const at = (subject: string, figure: string, size = isQuick ? "100" : "200") =>
    figureOf(rows, { subject, size, figure });
  const ratio = (above: string, below: string, figure: string) =>
    ratioOf(at(above, figure), at(below, figure));
  const [half = 0, whole = 0] = sizes.slice(-2);
  const growth = ratioOf(
    at("holdpoint store", "ms", `${whole}`),
    at("holdpoint store", "ms", `${half}`),
  );
  return {
    title: "An approval at every turn, saved and loaded again",
    rows,
    targets: [
      {
        text: "time of openai-agents over ours (store)",
        is: "least",
        limit: 100,
        ratio: ratio("openai-agents", "holdpoint store", "ms"),
      },
      {
        text: "bytes of openai-agents over ours (store)",
        is: "least",
        limit: 100,
        ratio: ratio("openai-agents", "holdpoint store", "bytes"),
      },
      {
        text: "our time (store) over that of ai-sdk",
        is: "most",
        limit: 0.7,
        ratio: ratio("holdpoint store", "ai-sdk", "ms"),
      },
      {
        text: "our time (reopened each time) over that of ai-sdk",
        is: "most",
        limit: 1,
        ratio: ratio("holdpoint store, reopened", "ai-sdk", "ms"),
      },
      {
        text: "kB written to disk an approval (store)",
        is: "most",
        limit: 40,
        ratio: ratioOf(at("holdpoint store", "diskBytes"), (isQuick ? 100 : 200) * 1_000),
      },
      {
        text: "our bytes (store) over the floor's",
        is: "most",
        limit: 3,
        ratio: ratio("holdpoint store", "floor", "bytes"),
      },
      {
        text: "time of openai-agents over ours (text)",
        is: "least",
        limit: 50,
        ratio: ratio("openai-agents", "holdpoint text", "ms"),
      },
      { text: `${whole} turns over ${half} (store)`, is: "most", limit: 2.3, ratio: growth },
    ],
    notes: [
      "bytes: the stored text; fileBytes: the file at the end; diskBytes: what was written to disk.",
      "Every text and every commit is on disk (fsync) before the next step, but for langgraph, which runs with its saver's own settings.",
      "langgraph stays empty where better-sqlite3 12.11 ends the process: it aborts on Node 24 when prepared statements are collected.",
      "`reopened`: every decision is given and carried out by a service that was just opened.",
    ],
  };
}
