import { nearest } from "../lib/nearest.ts";
import type { CommandLiteral } from "./command.ts";
import { commandNames, literals, namesUnder, type CommandName } from "./literals.ts";
import { callOf, optionText, usageOf } from "./usage.ts";

/** What `holdpoint --help` says. */
export function overview(): string {
  return [
    "Agents that stop and ask before they act: holdpoint VERB, and VERB is one of",
    "",
    ...rows(commandNames.map((name) => [name, literals[name].summary])),
    "",
    "holdpoint VERB --help has the options of one, holdpoint --version the version.",
  ].join("\n");
}

/** What the help of one command says: usage, words, options, an example and exit codes. */
export function commandHelp(name: CommandName): string {
  const {
    summary,
    words = {},
    options = {},
    example = callOf(name),
    exits = {},
  }: CommandLiteral = literals[name];
  const shown = Object.entries(options).map(([key, option]): [string, string] => {
    const { value, meaning, default: usual } = option;
    const isTold = value !== undefined && usual !== undefined;
    return [optionText(key, option), isTold ? `${meaning}; default ${usual}` : meaning];
  });
  const named = Object.values(words).map(({ value = "", meaning, listedBy }): [string, string] => [
    value,
    listedBy === undefined ? meaning : `${meaning}; ${listedBy}`,
  ]);
  const codes = { 0: "done", 1: "it could not be done, and stderr says why", ...exits };
  return [
    usageOf(name),
    "",
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...titled("Words:", named),
    ...titled("Options:", shown),
    "",
    "Example:",
    `  ${example}`,
    "",
    "Exit codes:",
    ...rows(Object.entries(codes)),
  ].join("\n");
}

function titled(title: string, lines: readonly (readonly [string, string])[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...rows(lines)];
}

function rows(lines: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`);
}

/** What could be meant by a word that is no command. */
export function describeUnknown(word: string): string {
  const under = namesUnder(word);
  if (under.length > 0) return `holdpoint: Say: ${under.map(callOf).join(",\n  or ")}`;
  const meant = nearest(
    word,
    commandNames.map((name) => name.split(" ", 1).join("")),
  );
  const hint = meant === undefined ? "" : `. Did you mean ${meant}?`;
  return `There is no command "${word}"${hint}\nholdpoint --help lists them.`;
}
