import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What one measurement found: numbers by name, their unit in the name. */
export type Figures = Record<string, number>;

/** One line of a table: medians of what one subject did with one size. */
export interface Row {
  subject: string;
  size: string;
  figures: Figures;
  /** What each round found. */
  rounds: readonly (Figures | undefined)[];
}

/** A ratio to reach. */
export interface Target {
  text: string;
  /** `most`: the ratio may not be above the limit; `least`: not below. */
  is: "most" | "least";
  limit: number;
  /** `undefined` where one of its two figures was not measured. */
  ratio: number | undefined;
  /** The lowest and the highest of the rounds. */
  spread?: readonly [number, number] | undefined;
}

export interface Section {
  title: string;
  rows: Row[];
  targets: Target[];
  /** What a reader must know to judge the figures. */
  notes: string[];
}

export interface BenchOptions {
  /** Smaller sizes and fewer repetitions. */
  isQuick: boolean;
  repetitions: number;
  /** Kills a point of the crash matrix. */
  kills: number;
}

export type Comparison = (options: BenchOptions) => Promise<Section>;

/** One measurement to make: `task` of `subjects/<subject>.ts` with these parameters. */
export interface Case {
  /** What the table calls it; default the subject's name. */
  label?: string;
  subject: string;
  task: string;
  size: string;
  parameters: Record<string, unknown>;
  /** Default those of the comparison. */
  repetitions?: number;
}

const childFile = fileURLToPath(new URL("child.ts", import.meta.url));

/** Makes one measurement in a process of its own, with an empty directory to write to. */
export async function measureOnce({ subject, task, parameters }: Case): Promise<Figures> {
  const directory = await mkdtemp(join(tmpdir(), "holdpoint-bench-"));
  try {
    const given = JSON.stringify({ ...parameters, directory });
    const flags = ["--expose-gc", "--disable-warning=ExperimentalWarning"];
    const child = spawn(process.execPath, [...flags, childFile, subject, task, given], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_ENV: "production", OPENAI_AGENTS_DISABLE_TRACING: "1" },
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const [exitCode] = (await once(child, "close")) as [number | null];
    const last = output.trim().split("\n").at(-1) ?? "";
    if (exitCode === 0 && last.startsWith("{")) return JSON.parse(last) as Figures;
    throw new Error(`${subject} ${task} ${given} ended with ${exitCode ?? "a signal"}: ${last}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Makes all measurements, one of each in turn, as often as wanted, so that a busy moment of the
 * machine meets all of them; the rows are medians.
 */
export async function measureAll(cases: readonly Case[], repetitions: number): Promise<Row[]> {
  const found = cases.map((): (Figures | undefined)[] => []);
  for (let round = 0; round < repetitions; round += 1) {
    for (const [index, one] of cases.entries()) {
      if (round >= (one.repetitions ?? repetitions)) continue;
      const figures = await measureOnce(one).catch((error: unknown) => {
        // One that dies must not take the others' figures along: its row stays empty.
        process.stderr.write(`\n${String(error)}\n`);
      });
      found[index]?.push(figures ?? undefined);
      process.stderr.write(".");
    }
  }
  process.stderr.write("\n");
  return cases.map(({ label, subject, size }, index) => ({
    subject: label ?? subject,
    size,
    figures: mediansOf((found[index] ?? []).filter((figures) => figures !== undefined)),
    rounds: found[index] ?? [],
  }));
}

export function mediansOf(all: readonly Figures[]): Figures {
  const names = Object.keys(all[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [
      name,
      quantile(
        all.map((figures) => figures[name] ?? 0),
        0.5,
      ),
    ]),
  );
}

/** @param part 0.5 is the median */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0];
  return low + (high - low) * (at - Math.floor(at));
}

/** A figure of one row. */
export function figureOf(
  rows: readonly Row[],
  { subject, size, figure }: { subject: string; size: string; figure: string },
): number | undefined {
  return rows.find((row) => row.subject === subject && row.size === size)?.figures[figure];
}

export function ratioOf(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || below === undefined || below === 0 ? undefined : above / below;
}

interface Place {
  subject: string;
  size: string;
  figure: string;
}

/** The median of the ratios of each round, with the lowest and the highest: rounds are interleaved. */
export function ratioOfRounds(
  rows: readonly Row[],
  above: Place,
  below?: Place,
): Pick<Target, "ratio" | "spread"> {
  const roundsOf = ({ subject, size, figure }: Place): (number | undefined)[] =>
    rows
      .find((row) => row.subject === subject && row.size === size)
      ?.rounds.map((round) => round?.[figure]) ?? [];
  const under = below === undefined ? undefined : roundsOf(below);
  const ratios = roundsOf(above).flatMap((value, round) => {
    const ratio = under === undefined ? value : ratioOf(value, under[round]);
    return ratio === undefined ? [] : [ratio];
  });
  if (ratios.length === 0) return { ratio: undefined };
  return { ratio: quantile(ratios, 0.5), spread: [Math.min(...ratios), Math.max(...ratios)] };
}

/** CPU milliseconds that the main thread takes for `work`; others on the machine cost it none. */
export async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** What is not counted: so many turns, or of slow ones those of so much time. */
const WARM_TURNS = 2_000;
const WARM_MS = 2_000;
/** CPU time of a sample at least: the system counts it in steps of up to 4 ms. */
const SAMPLE_MS = 80;

/** The median CPU time of three samples of runs of `turns` turns, once the process is warm. */
export async function medianRun(turns: number, once: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  for (let warm = 0; warm < WARM_TURNS; warm += turns) {
    await once();
    if (performance.now() - begin > WARM_MS) break;
  }
  let repeats = 1;
  const some = async (): Promise<void> => {
    for (let run = 0; run < repeats; run += 1) await once();
  };
  for (; repeats < 1_000 && (await cpuMs(some)) < SAMPLE_MS; repeats *= 2);
  return quantile([await cpuMs(some), await cpuMs(some), await cpuMs(some)], 0.5) / repeats;
}

/** What this process has had written to disk so far; 0 where the system does not say. */
export async function writtenBytes(): Promise<number> {
  const text = await readFile("/proc/self/io", "utf8").catch(() => "");
  return Number(/^write_bytes: (\d+)$/m.exec(text)?.[1] ?? 0);
}

export function rssMb(): number {
  return process.memoryUsage().rss / 1_000_000;
}
