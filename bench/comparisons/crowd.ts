import {
  figureOf,
  measureAll,
  ratioOfRounds,
  type BenchOptions,
  type Case,
  type Section,
  type Target,
} from "../harness.ts";

const STORED = "holdpoint store";

/** Many runs at once with a model that takes 20 ms; ideal is the time of one alone. */
export async function crowd({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const runs = isQuick ? 200 : 1_000;
  const script = { turns: 5, modelMs: 20 };
  const inMemory = ["holdpoint", "ai-sdk", "langgraph", "openai-agents"].map((subject): Case => ({
    subject,
    task: "crowd",
    size: `${runs}`,
    parameters: { ...script, runs },
    ...(isQuick && subject !== "holdpoint" ? { repetitions: 1 } : {}),
  }));
  const stored = [50, 200, 1_000].map((count): Case => ({
    label: STORED,
    subject: "holdpoint",
    task: "crowdStored",
    size: `${count}`,
    parameters: { ...script, runs: count },
  }));
  const rows = await measureAll([...inMemory, ...stored], repetitions);
  const at = (size: number, figure: string) => ({ subject: STORED, size: `${size}`, figure });
  const most = (text: string, limit: number, ratio: Pick<Target, "ratio" | "spread">): Target => ({
    text,
    is: "most",
    limit,
    ...ratio,
  });
  const ideal = { subject: "holdpoint", size: `${runs}`, figure: "timesIdeal" };
  const cpu = "cpuMsPerTurn";
  return {
    title: "Many runs at once, 5 turns of 20 ms each",
    rows,
    targets: [
      most(`${runs} in memory over the ideal`, 4, ratioOfRounds(rows, ideal)),
      ...[50, 200].map((size) =>
        most(
          `${size} through the store over the ideal`,
          4,
          ratioOfRounds(rows, at(size, "timesIdeal")),
        ),
      ),
      most(
        "1,000 through the store over the ideal",
        12,
        ratioOfRounds(rows, at(1_000, "timesIdeal")),
      ),
      most("CPU ms a turn, 1,000 through the store", 0.25, ratioOfRounds(rows, at(1_000, cpu))),
      most(
        "CPU of a turn, 1,000 over 50 through the store",
        1.3,
        ratioOfRounds(rows, at(1_000, cpu), at(50, cpu)),
      ),
      most("loop lag in ms, 1,000 through the store", 50, {
        ratio: figureOf(rows, at(1_000, "lagMs")),
      }),
    ],
    notes: [
      "One process each; in memory, but for the rows of the store, which go as a server does: started at once, at most 256 under way.",
      "lagMs: the longest time that the event loop was held up.",
    ],
  };
}
