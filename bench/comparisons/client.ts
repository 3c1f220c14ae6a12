import {
  measureAll,
  ratioOfRounds,
  type BenchOptions,
  type Case,
  type Section,
  type Target,
} from "../harness.ts";

/** What a run adds to a loop over the `openai` client, on a stand-in server of this machine. */
export async function client({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const turns = isQuick ? 50 : 100;
  const deltas = isQuick ? 500 : 2_000;
  const toCase = (task: string, size: string, parameters: Record<string, unknown>): Case => ({
    subject: "client",
    task,
    label: task,
    size,
    parameters,
  });
  const plain = toCase("plain", `${turns} turns`, { turns });
  const streamed = toCase("streamed", `${deltas} deltas`, { deltas });
  const echoed = toCase("echoed", `${turns} approvals`, { turns });
  const rows = await measureAll([plain, streamed, echoed], repetitions);
  const most = (text: string, limit: number, { task, size }: Case, figure: string): Target => ({
    text,
    is: "most",
    limit,
    ...ratioOfRounds(rows, { subject: task, size, figure }),
  });
  return {
    title: "Over the openai client",
    rows,
    targets: [
      most("CPU ms added to a turn", 0.3, plain, "addedMsPerTurn"),
      most("a streamed delta over the bare client's", 1.3, streamed, "overBare"),
      most(
        "kB written to disk an approval, where the provider echoes 31 tools",
        40,
        echoed,
        "diskKbPerApproval",
      ),
    ],
    notes: ["CPU time. Bare and ours take turns in one process; the server is another one."],
  };
}
