import { inspectSetUp } from "../../app/app.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { judgeCases, readCases } from "../../app/policy-cases.ts";
import { printJson, takeJsonForm } from "../json-output.ts";
import { appOptions, configOptions, parseOptions } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** `policy test FILE`: judges a table of calls; exit code 1 when a verdict is not the expected. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { rest, form } = takeJsonForm(args);
  const { values, positionals } = parseOptions(rest, configOptions);
  const [verb, file, ...extra] = positionals;
  if (verb !== "test" || file === undefined || extra.length > 0) {
    throw new HoldpointError("invalid_input", "Say: holdpoint policy test FILE");
  }
  const { setUp } = await inspectSetUp(appOptions(values, context));
  const { terminal } = context;
  const outcomes = judgeCases(setUp.config, readCases(file));
  for (const outcome of outcomes) {
    const { passed, call, expect, verdict, rule } = outcome;
    if (form !== undefined) {
      printJson(terminal, outcome, form);
    } else {
      const difference = passed ? verdict : `expected ${expect}, is ${verdict}`;
      terminal.print(`${passed ? "ok  " : "FAIL"}  ${call}: ${difference} (${rule})`);
    }
  }
  const failed = outcomes.filter(({ passed }) => !passed).length;
  if (form === undefined) {
    terminal.print(`${outcomes.length - failed} of ${outcomes.length} as expected`);
  }
  return failed === 0 ? 0 : 1;
}
