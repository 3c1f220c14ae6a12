import { figureOf, measureAll, type BenchOptions, type Section } from "../harness.ts";

const servers = [
  {
    label: "holdpoint",
    args: ["../dist/cli/holdpoint.js", "serve", "--store", "DIR/runs.db"],
    // The demo agent asks before it looks at Oakland.
    call: { name: "run_agent", arguments: { input: "What is the temperature in Oakland?" } },
  },
  {
    label: "minimal",
    args: ["servers/minimal.js"],
    call: { name: "echo", arguments: { text: "Hello" } },
  },
];

/** What a server that waits for a person's decision takes from the machine. */
export async function idle({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  const seconds = isQuick ? 5 : 20;
  const rows = await measureAll(
    servers.map(({ label, ...server }) => ({
      label,
      subject: "servers",
      task: "rest",
      size: `${seconds} s`,
      parameters: { ...server, seconds },
    })),
    Math.min(repetitions, 3),
  );
  const ratio = figureOf(rows, {
    subject: "holdpoint",
    size: `${seconds} s`,
    figure: "cpuPercent",
  });
  return {
    title: "A server with a paused run, and nobody there",
    rows,
    targets: [{ text: "percent of a core, ours", is: "most", limit: 1, ratio }],
    notes: ["As Linux counts it, in hundredths of a second."],
  };
}
