// One measurement: `node child.ts <subject> <task> <parameters as JSON>` prints its figures.
import type { Figures } from "./harness.ts";

const [subject = "", task = "", parameters = "{}"] = process.argv.slice(2);
const tasks = (await import(`./subjects/${subject}.ts`)) as Record<
  string,
  (parameters: unknown) => Promise<Figures>
>;
const figures = await tasks[task]?.(JSON.parse(parameters));
if (figures === undefined) throw new Error(`${subject} has no task ${task}`);
process.stdout.write(`\n${JSON.stringify(figures)}\n`);
// Some libraries leave timers behind.
process.exit(0);
