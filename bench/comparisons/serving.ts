import {
  measureAll,
  ratioOfRounds,
  type BenchOptions,
  type Case,
  type Section,
} from "../harness.ts";

const RUNS = 400;
const LATER_MS = 3_000;

/** What a host waits for: the first run of a server with five others, and a ping in a crowd. */
export async function serving({ repetitions }: BenchOptions): Promise<Section> {
  const first = (label: string, afterMs: number): Case => ({
    label,
    subject: "servers",
    task: "firstRun",
    size: "5 servers",
    parameters: { minimal: "servers/minimal.js", afterMs },
  });
  const ping: Case = {
    label: "ping",
    subject: "servers",
    task: "ping",
    size: `${RUNS} runs`,
    parameters: {
      args: ["../dist/cli/holdpoint.js", "serve", "--store", "DIR/runs.db"],
      runs: RUNS,
    },
  };
  const later = first("first run, later", LATER_MS);
  const cases = [first("first run, at once", 0), later, ping];
  const rows = await measureAll(cases, Math.min(repetitions, 3));
  return {
    title: "A server that is in use",
    rows,
    targets: [
      {
        text: `ms of the first run with 5 servers, ${LATER_MS / 1_000} s after the start`,
        is: "most",
        limit: 100,
        ...ratioOfRounds(rows, { subject: "first run, later", size: later.size, figure: "runMs" }),
      },
      {
        text: `ms of a ping sent beside ${RUNS} run_agent`,
        is: "most",
        limit: 50,
        ...ratioOfRounds(rows, { subject: "ping", size: ping.size, figure: "firstPingMs" }),
      },
    ],
    notes: ["Offline agents: no model takes any time. The five servers are of one tool each."],
  };
}
