import {
  measureAll,
  ratioOfRounds,
  type BenchOptions,
  type Case,
  type Section,
  type Target,
} from "../harness.ts";

/** What a call costs through the gateway, beside a direct client and a plain pass-through proxy. */
export async function gateway({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const calls = isQuick ? 100 : 500;
  const toCase = (
    label: string,
    task: string,
    parameters: { calls: number; tool?: string },
  ): Case => ({
    subject: "gateway",
    task,
    label,
    size: `${parameters.calls} calls`,
    parameters,
  });
  const read = toCase("allowed read", "allowed", { calls, tool: "read" });
  const write = toCase("allowed effect", "allowed", { calls, tool: "write" });
  const held = toCase("held call", "held", { calls: calls / 10 });
  const rows = await measureAll([read, write, held], repetitions);
  const most = (text: string, limit: number, figure: string): Target => ({
    text,
    is: "most",
    limit,
    ...ratioOfRounds(rows, { subject: read.label ?? "", size: read.size, figure }),
  });
  return {
    title: "Through the gateway",
    rows,
    targets: [
      most("ms that the gateway adds to an allowed read over a plain proxy", 1, "addedToProxyMs"),
      most("ms that it adds over a direct client", 3, "addedToDirectMs"),
    ],
    notes: [
      "Medians by the clock; direct, proxy and gateway take turns call by call in one process.",
      "An effect is on disk as begun before its body runs: that is a synced commit more.",
      "A held call: until the question is in the store, and from the yes of another process to the result.",
    ],
  };
}
