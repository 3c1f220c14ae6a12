import { nearest } from "../lib/nearest.ts";
import { optionWords } from "./option-words.ts";
import { verbs, type Verb } from "./verbs.ts";

/** What `holdpoint --help` says. */
export function overview(): string {
  const names = Object.keys(verbs);
  const width = Math.max(...names.map((name) => name.length));
  const lines = Object.entries(verbs).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  );
  return [
    "Agents that stop and ask before they act: holdpoint VERB, and VERB is one of",
    "",
    ...lines,
    "",
    "holdpoint VERB --help has the options of one, holdpoint --version the version.",
  ].join("\n");
}

/** What the help of one verb says: usage, options, an example and exit codes. */
export function verbHelp({ usage, summary, example, words = {}, exits = {} }: Verb): string {
  const options = optionsIn(usage);
  const width = Math.max(...options.map(({ shown }) => shown.length));
  const codes = { 0: "done", 1: "it could not be done, and stderr says why", ...exits };
  return [
    `holdpoint ${usage}`,
    "",
    sentence(summary),
    ...(options.length === 0 ? [] : ["", "Options:"]),
    ...options.map(
      ({ name, shown }) =>
        `  ${shown.padEnd(width)}  ${words[name] ?? optionWords[name] ?? "no word of it yet"}`,
    ),
    "",
    "Example:",
    `  ${example}`,
    "",
    "Exit codes:",
    ...Object.entries(codes).map(([code, meaning]) => `  ${code}  ${meaning}`),
  ].join("\n");
}

/** The options that a usage names, each once: `--store PATH`. */
export function optionsIn(usage: string): { name: string; shown: string }[] {
  const found = new Map<string, string>();
  for (const [, name = "", value = ""] of usage.matchAll(/--([a-z-]+)( [A-Z][A-Z|a-z]*)?/g)) {
    if (!found.has(name)) found.set(name, `--${name}${value}`);
  }
  return [...found].map(([name, shown]) => ({ name, shown }));
}

export function describeUnknownVerb(word: string): string {
  const meant = nearest(word, Object.keys(verbs));
  const hint = meant === undefined ? "" : `. Did you mean ${meant}?`;
  return `There is no command "${word}"${hint}\nholdpoint --help lists them.`;
}

/** What Node says of options that it cannot read, in its first sentence, and what was meant. */
export function describeBadOption(message: string, { usage }: Verb): string {
  const [said = message] = message.split(". ");
  const [, name] = /^Unknown option '--?([\w-]+)'/.exec(said) ?? [];
  if (name === undefined) return said;
  const meant = nearest(
    name,
    optionsIn(usage).map((option) => option.name),
  );
  return meant === undefined ? said : `${said}. Did you mean --${meant}?`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
