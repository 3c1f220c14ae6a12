import { inspectSetUp } from "../../app/app.ts";
import { judgeCases, readCases } from "../../app/policy-cases.ts";
import { appOptions } from "../desk.ts";
import { printJson } from "../json-output.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Judges a table of calls; exit code 1 when a verdict is not the expected. */
export async function run(given: Given<"policy test">, context: CommandContext): Promise<number> {
  const { json: form } = given;
  const { setUp } = await inspectSetUp(appOptions(given, context));
  const { terminal } = context;
  const outcomes = judgeCases(setUp.config, readCases(given.file));
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
