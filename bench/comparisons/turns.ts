import {
  measureAll,
  ratioOfRounds,
  type BenchOptions,
  type Case,
  type Section,
} from "../harness.ts";

const SIZES = [10, 50, 100, 200, 400];

/** A turn of a run without approvals, in one process and without a store. */
export async function turns({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const sizes = isQuick ? [10, 100, 400] : SIZES;
  const cases = sizes.flatMap((turns) =>
    ["holdpoint", "ai-sdk", "langgraph", "openai-agents"].flatMap((subject, index): Case[] => {
      const isPeerOfTarget = index < 2;
      if (isQuick && !isPeerOfTarget && turns > 10) return [];
      return [
        {
          subject,
          task: "turns",
          size: `${turns}`,
          parameters: { turns },
          ...(isQuick && !isPeerOfTarget ? { repetitions: 1 } : {}),
        },
      ];
    }),
  );
  const rows = await measureAll(cases, repetitions);
  const over = (size: string) =>
    ratioOfRounds(
      rows,
      { subject: "holdpoint", size, figure: "cpuMsPerTurn" },
      { subject: "ai-sdk", size, figure: "cpuMsPerTurn" },
    );
  return {
    title: "A turn in process",
    rows,
    targets: [
      ...[
        { size: "10", limit: 0.6 },
        { size: "100", limit: 0.3 },
        { size: "400", limit: 0.15 },
      ].map(({ size, limit }) => ({
        text: `our turn over that of ai-sdk, ${size} turns`,
        is: "most" as const,
        limit,
        ...over(size),
      })),
      {
        text: "our 400th turn over the 100th",
        is: "most",
        limit: 1.2,
        ...ratioOfRounds(rows, { subject: "holdpoint", size: "400", figure: "lateOverEarly" }),
      },
    ],
    notes: [
      "CPU time of the main thread, after 2,000 turns or 2 s that are not counted, in samples of 80 ms and more. A turn: a model call and its tool call. Agents and tools are made once.",
    ],
  };
}
