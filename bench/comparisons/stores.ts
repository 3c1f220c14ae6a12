import {
  measureAll,
  ratioOfRounds,
  type BenchOptions,
  type Case,
  type Section,
  type Target,
} from "../harness.ts";
import { besidePostgres, POSTGRES, SQLITE, type Kind } from "../postgres.ts";

const ALONE = "append, one writer";
const SIXTEEN = "append, 16 writers";
const FOUR = "append, 4 processes";
const WAKING = "decision to effect in another process";
const KILLED = "takeover, killed";

/** The two stores that processes share, beside each other: the same work in turn. */
export async function stores({ isQuick, repetitions }: BenchOptions): Promise<Section> {
  return besidePostgres("stores", async (kinds) => {
    const cases = kinds.flatMap((kind) => casesOf(kind, isQuick));
    // One of each in turn: what is compared stands beside each other.
    cases.sort((one, other) => sizes.indexOf(one.size) - sizes.indexOf(other.size));
    const rows = await measureAll(cases, Math.min(repetitions, isQuick ? 1 : 3));
    const at = (size: string, figure: string, subject = POSTGRES) =>
      ratioOfRounds(rows, { subject, size, figure });
    const most = (
      text: string,
      limit: number,
      ratio: Pick<Target, "ratio" | "spread">,
    ): Target => ({
      text,
      is: "most",
      limit,
      ...ratio,
    });
    return {
      title: "Stores that processes share",
      rows,
      targets: [
        most("ms of an append, PostgreSQL", 0.7, at(ALONE, "p50Ms")),
        {
          text: "appends a second with 16 writers, PostgreSQL",
          is: "least",
          limit: 3_200,
          ...at(SIXTEEN, "perSecond"),
        },
        most("ms of an append of four processes, p99, PostgreSQL", 24, at(FOUR, "p99Ms")),
        most("ms from a decision to the effect elsewhere, PostgreSQL", 18, at(WAKING, "p50Ms")),
        most("ms until a killed worker's run goes on, PostgreSQL", 1_000, at(KILLED, "mostMs")),
        most("ms until a killed worker's run goes on, SQLite", 1_000, at(KILLED, "mostMs", SQLITE)),
      ],
      notes: [
        "Every append is one commit of 1 kB that is on disk (fsync) before the next of its run.",
        "cycle: a run with one gated call, from its start to its end, decided as soon as it asks.",
        "takeover: until another worker asks what came of the call that was under way. stopped: the process stands still (SIGSTOP); lost host: nothing comes from it any more and nobody says so. Those two have a lease of 5 s.",
      ],
    };
  });
}

const sizes = [
  ALONE,
  SIXTEEN,
  FOUR,
  "cycle of an approval",
  WAKING,
  KILLED,
  "takeover, stopped",
  "takeover, lost host",
];

function casesOf({ label, ...where }: Kind, isQuick: boolean): Case[] {
  const seconds = isQuick ? 1 : 5;
  const rounds = isQuick ? 2 : 10;
  const toCase = (size: string, task: string, parameters: object): Case => ({
    label,
    subject: "stores",
    task,
    size,
    parameters: { ...where, ...parameters },
  });
  const takeover = (how: string, times: number): Case => ({
    ...toCase(`takeover, ${how}`, "takeover", { how, rounds: times }),
    repetitions: 1,
  });
  return [
    toCase(ALONE, "append", { writers: 1, processes: 1, seconds }),
    toCase(SIXTEEN, "append", { writers: 16, processes: 1, seconds }),
    toCase(FOUR, "append", { writers: 1, processes: 4, seconds }),
    toCase("cycle of an approval", "cycle", { cycles: isQuick ? 30 : 200 }),
    toCase(WAKING, "waking", { rounds: isQuick ? 10 : 40 }),
    takeover("killed", rounds),
    takeover("stopped", isQuick ? 1 : 3),
    // A file has no host to lose.
    ...(label === POSTGRES ? [takeover("lost host", isQuick ? 1 : 3)] : []),
  ];
}
