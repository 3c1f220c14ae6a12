// `node test/parity/what-differs.ts` writes what differs from `@openai/agents` into docs/porting.md, out
// of the tables that the tests hold against both libraries.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { differences, type DifferenceName } from "./differences.ts";
import { honoured, notHere, refused } from "./walk-table.ts";

export const readme = join(import.meta.dirname, "../../docs/porting.md");

const BEGIN = "<!-- made by test/parity/what-differs.ts -->";
const END = "<!-- end -->";

/** Names of a family that are shown; the table has the best known ones first. */
const SHOWN = 3;

/** What a program meets first, first. */
const met: readonly DifferenceName[] = [
  "gates_fail_closed",
  "one_meaning",
  "effects_at_most_once",
  "outputs_in_call_order",
  "rejections_are_no_results",
  "resuming_goes_on",
  "results_stay",
  "pauses_are_not_told",
  "requests_as_given",
  "errors_say_what_to_do",
];

function namesIn(text: string): string[] {
  return text.split(/\s+/).filter((name) => name !== "");
}

function count(table: Readonly<Record<string, string>>): number {
  return namesIn(Object.values(table).join(" ")).length;
}

function familyLine([sentence, text]: [string, string]): string {
  const names = namesIn(text);
  const shown = names.slice(0, SHOWN).map((name) => `\`${name}\``);
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `| ${shown.join(", ")}${more} | ${sentence} |`;
}

/** Whose options are refused, in words. */
const owners: Readonly<Record<string, string>> = {
  Agent: "agents",
  AgentOptions: "agents",
  AgentToolOptions: "agents as tools",
  FunctionTool: "tools",
  IndividualRunOptions: "runners and runs",
  ModelSettings: "model settings",
  RunConfig: "runners and runs",
  ToolOptions: "tools",
};

/** What a model may have beside them is asked only where such an option was given. */
function refusedLines(): string[] {
  const byOwner = new Map<string, Set<string>>();
  for (const name of namesIn(Object.values(refused).join(" ")).toSorted()) {
    const [type = "", option = ""] = name.split(".");
    const owner = owners[type];
    if (owner === undefined) continue;
    const options = option === "retry" ? ["retry.policy", "retry.backoff"] : [option];
    byOwner.set(owner, new Set([...(byOwner.get(owner) ?? []), ...options]));
  }
  return [...byOwner].map(
    ([owner, options]) => `- of ${owner}: ${[...options].map((name) => `\`${name}\``).join(", ")}`,
  );
}

/** The part of docs/porting.md that says what differs. */
export function whatDiffers(): string {
  if (met.length !== Object.keys(differences).length) {
    throw new Error("Every difference has its place in what is met first");
  }
  return [
    BEGIN,
    `A program written for \`@openai/agents\` 0.20 runs here once its import is changed. A test walks all`,
    `that this version exports, with every member: ${count(honoured)} do what they do there, and what does not is said`,
    "before it could be missed.",
    "",
    "*Not here*: the compiler and Node refuse the name.",
    "",
    "| names | instead |",
    "| --- | --- |",
    ...Object.entries(notHere)
      .toSorted(([, one], [, other]) => namesIn(other).length - namesIn(one).length)
      .map((family) => familyLine(family)),
    "",
    "*Refused when they are given*, by an error that says what to do:",
    "",
    ...refusedLines(),
    "",
    "*Otherwise, on purpose*:",
    "",
    ...met.map((name) => `- ${differences[name].reason}.`),
    "- A serialised state is this library's own; states of `@openai/agents`, and of the Python SDK, are read too.",
    END,
  ].join("\n");
}

/** A text with that part in it, in place of the one that it has. */
export function withWhatDiffers(text: string): string {
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error("docs/porting.md has no place for what differs");
  return `${text.slice(0, from)}${whatDiffers()}${text.slice(to + END.length)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(readme, withWhatDiffers(readFileSync(readme, "utf8")));
}
