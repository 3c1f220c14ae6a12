import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { BenchOptions, Figures, Row, Section } from "../harness.ts";

/** How many saves each of them makes of the run: after each it is killed. */
const subjects = [
  { subject: "holdpoint", saves: 11 },
  { subject: "openai-agents", saves: 2 },
  { subject: "langgraph", saves: 5 },
  { subject: "ai-sdk", saves: 2 },
];
const inTheTool = ["before the effect", "after the effect"];
const childFile = fileURLToPath(new URL("../child.ts", import.meta.url));

interface Kill {
  subject: string;
  point: string;
}

interface Outcome extends Kill {
  effects: number;
  isCompleted: boolean;
}

/** Kills a process at a point, and lets another one finish, answering what it asks. */
async function kill({ subject, point }: Kill): Promise<Outcome | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "holdpoint-crash-"));
  try {
    const died = await runChild(subject, { directory, point });
    // A native module of a peer aborts now and then by itself: that is no kill of ours.
    if (died.signal !== "SIGKILL") return undefined;
    const { output } = await runChild(subject, { directory });
    const figures = JSON.parse(output.trim().split("\n").at(-1) ?? "{}") as Figures;
    const effects = figures["effects"] ?? Number.NaN;
    return { subject, point, effects, isCompleted: figures["completed"] === 1 };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runChild(
  subject: string,
  parameters: object,
): Promise<{ signal: NodeJS.Signals | null; output: string }> {
  const child = spawn(process.execPath, [childFile, subject, "crash", JSON.stringify(parameters)], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  return new Promise((resolve) => {
    child.once("close", (_code, signal) => resolve({ signal, output }));
  });
}

/** kill -9 behind every save and inside the tool: how often an approved effect happened. */
export async function crash({ kills }: BenchOptions): Promise<Section> {
  const plan = subjects.flatMap(({ subject, saves }) =>
    [...Array.from({ length: saves }, (_, save) => `${save}`), ...inTheTool].flatMap((point) =>
      Array.from({ length: kills }, (): Kill => ({ subject, point })),
    ),
  );
  const outcomes: Outcome[] = [];
  const missed: Kill[] = [];
  const workers = Array.from({ length: availableParallelism() }, async () => {
    for (let next = plan.pop(); next !== undefined; next = plan.pop()) {
      const outcome = await kill(next);
      if (outcome === undefined) missed.push(next);
      else outcomes.push(outcome);
      process.stderr.write(".");
    }
  });
  await Promise.all(workers);
  process.stderr.write("\n");
  const rows = subjects.map(({ subject }) => toRow(subject, outcomes));
  const [ours] = rows;
  const doubled = ours?.figures["twice"];
  const { kills: killed = 0, completed = 0 } = ours?.figures ?? {};
  return {
    title: "Killed at every save and inside the tool, then finished by another process",
    rows,
    targets: [
      { text: "effects that happened twice, ours", is: "most", limit: 0, ratio: doubled },
      { text: "runs completed, ours", is: "least", limit: 1, ratio: completed / killed },
    ],
    notes: [
      "Saves are journal entries here, serialised states, checkpoints or message files elsewhere.",
      "Who is asked what came of a call looks, and says so; nobody is asked by the others.",
      "not once, at: the points at which an approved effect happened 0 or 2 times.",
      ...rows.map(({ subject }) => `${subject}: ${oddPoints(subject, outcomes)}`),
      `died before their point, not counted: ${countBySubject(missed)}`,
    ],
  };
}

function countBySubject(kills: readonly Kill[]): string {
  const counts = subjects.map(({ subject }) => {
    const { length } = kills.filter((each) => each.subject === subject);
    return `${subject} ${length}`;
  });
  return counts.join(", ");
}

function toRow(subject: string, all: readonly Outcome[]): Row {
  const outcomes = all.filter((outcome) => outcome.subject === subject);
  const count = (effects: number): number =>
    outcomes.filter((outcome) => outcome.effects === effects).length;
  const completed = outcomes.filter(({ isCompleted }) => isCompleted).length;
  const figures = { never: count(0), once: count(1), twice: count(2), completed };
  return { subject, size: "", rounds: [], figures: { kills: outcomes.length, ...figures } };
}

function oddPoints(subject: string, all: readonly Outcome[]): string {
  const odd = all.filter((outcome) => outcome.subject === subject && outcome.effects !== 1);
  const points = [...new Set(odd.map(({ point }) => point))].toSorted();
  return points.length === 0 ? "once everywhere" : `not once, at ${points.join(", ")}`;
}
