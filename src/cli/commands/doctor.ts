import { homedir } from "node:os";

import { examine, type Finding } from "../../app/doctor.ts";
import { visibleLine } from "../../runs/shown-text.ts";
import { appOptions } from "../desk.ts";
import { printJson } from "../json-output.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

const marks: Readonly<Record<Finding["state"], string>> = {
  ok: "ok",
  note: "note",
  broken: "FAIL",
};

/** Says what is there and what is missing; exit code 1 where something is broken. */
export async function run(given: Given<"doctor">, context: CommandContext): Promise<number> {
  const { json: form, call: calls } = given;
  const { env, terminal } = context;
  let broken = 0;
  const surroundings = { platform: process.platform, env, home: homedir() };
  // What servers say at a start is for logs.
  const quiet = { ...context, log: { ...context.log, info: () => {} } };
  const options = { ...appOptions(given, quiet), surroundings, calls };
  for await (const finding of examine(options)) {
    if (finding.state === "broken") broken += 1;
    const { text, remedy } = finding;
    const typed = {
      ...finding,
      text: terminal.typed(text),
      remedy: remedy === undefined ? undefined : terminal.typed(remedy),
    };
    if (form !== undefined) printJson(terminal, typed, form);
    else for (const line of describe(typed)) terminal.print(line);
  }
  if (form === undefined) terminal.print(broken === 0 ? "Nothing is broken." : `Broken: ${broken}`);
  return broken === 0 ? 0 : 1;
}

function describe({ part, state, text, remedy }: Finding): string[] {
  const lines = text.split("\n").map((line) => visibleLine(line));
  const [first = "", ...more] = lines;
  return [
    `${marks[state].padEnd(4)}  ${part.padEnd(13)}  ${first}`,
    ...more.map((line) => `${" ".repeat(21)}${line}`),
    ...(remedy === undefined ? [] : [`${" ".repeat(21)}-> ${visibleLine(remedy)}`]),
  ];
}
