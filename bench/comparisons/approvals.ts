import {
  measureAll,
  ratioOfRounds,
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
    subjects.flatMap(({ label, subject, task = "approvals", extra, upTo = 400 }): Case[] => {
      const parameters = { turns, ...extra };
      // Peers that no target is a ratio over: in short they show their order of magnitude.
      const isSlow = subject === "openai-agents" || subject === "langgraph";
      if (turns > upTo || (isQuick && isSlow && turns > 50)) return [];
      const isOnce = (isQuick && isSlow) || (subject === "openai-agents" && turns > 100);
      const once = isOnce ? { repetitions: 1 } : {};
      return [{ label, subject, task, size: `${turns}`, parameters, ...once }];
    }),
  );
  const rows = await measureAll(cases, repetitions);
  const most = isQuick ? "100" : "200";
  const least = isQuick ? "50" : "200";
  const at = (subject: string, figure: string, size = most) => ({ subject, size, figure });
  const ratio = (above: string, below: string, figure: string, size = most) =>
    ratioOfRounds(rows, at(above, figure, size), at(below, figure, size));
  const perApproval = ratioOfRounds(rows, at("holdpoint store", "diskBytes"));
  const toKb = (bytes: number): number => bytes / Number(most) / 1_000;
  const [half = 0, whole = 0] = sizes.slice(-2);
  return {
    title: "An approval at every turn, saved and loaded again",
    rows,
    targets: [
      {
        text: "time of openai-agents over ours (store)",
        is: "least",
        limit: 100,
        ...ratio("openai-agents", "holdpoint store", "ms", least),
      },
      {
        text: "bytes of openai-agents over ours (store)",
        is: "least",
        limit: 100,
        ...ratio("openai-agents", "holdpoint store", "bytes", least),
      },
      {
        text: "our time (store) over that of ai-sdk",
        is: "most",
        limit: 0.7,
        ...ratio("holdpoint store", "ai-sdk", "ms"),
      },
      {
        text: "our CPU time (store) over that of ai-sdk",
        is: "most",
        limit: 0.7,
        ...ratio("holdpoint store", "ai-sdk", "cpuMs"),
      },
      {
        text: "our time (reopened each time) over that of ai-sdk",
        is: "most",
        limit: 1,
        ...ratio("holdpoint store, reopened", "ai-sdk", "ms"),
      },
      {
        text: "kB written to disk an approval (store)",
        is: "most",
        limit: 40,
        ...(perApproval.ratio === undefined ? perApproval : { ratio: toKb(perApproval.ratio) }),
      },
      {
        text: "our bytes (store) over the floor's",
        is: "most",
        limit: 3,
        ...ratio("holdpoint store", "floor", "bytes"),
      },
      {
        text: "time of openai-agents over ours (text)",
        is: "least",
        limit: 50,
        ...ratio("openai-agents", "holdpoint text", "ms", least),
      },
      {
        text: `${whole} turns over ${half} (store)`,
        is: "most",
        limit: 2.3,
        ...ratioOfRounds(
          rows,
          at("holdpoint store", "ms", `${whole}`),
          at("holdpoint store", "ms", `${half}`),
        ),
      },
    ],
    notes: [
      "bytes: the stored text; fileBytes: the file at the end; diskBytes: what was written to disk.",
      "Every text and every commit is on disk (fsync) before the next step, but for langgraph, which runs with its saver's own settings.",
      "langgraph stays empty where better-sqlite3 12.11 ends the process: it aborts on Node 24 when prepared statements are collected.",
      "`reopened`: every decision is given and carried out by a service that was just opened.",
    ],
  };
}
