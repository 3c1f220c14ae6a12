import { toSnakeCase } from "../lib/snake-case.ts";
import type { CommandLiteral, Part, Parts } from "./command.ts";
import { literals, type CommandName } from "./literals.ts";

/** Of `maxWait`, `--max-wait`. */
export function flagName(key: string): string {
  return `--${toSnakeCase(key).replaceAll("_", "-")}`;
}

/** An option with its value: `--store PATH`. */
export function optionText(key: string, { value }: Pick<Part, "value">): string {
  return value === undefined ? flagName(key) : `${flagName(key)} ${value}`;
}

/** A command with its words, without its options. */
export function callOf(name: CommandName): string {
  const { words = {} }: CommandLiteral = literals[name];
  const shown = Object.values(words).map(({ value = "", required = false, many = false }) =>
    required || many ? value : `[${value}]`,
  );
  return ["holdpoint", name, ...shown].join(" ");
}

/** A command with all that can be said to it, on one line. */
export function usageOf(name: CommandName): string {
  const { options = {} }: CommandLiteral = literals[name];
  const first = Object.keys(options).filter((key) => !options[key]?.or && !options[key]?.with);
  return [callOf(name), ...first.map((key) => bracketed(key, options))].join(" ");
}

/** An option with those that stand in its place or say more of it. */
function bracketed(key: string, options: Parts): string {
  const beside = (place: "or" | "with", of: string): string[] =>
    Object.keys(options).filter((other) => options[other]?.[place] === of);
  const shown = [key, ...beside("or", key)].flatMap((each) => {
    const { also = [], ...option } = options[each] ?? {};
    const more = beside("with", each).map((other) => bracketed(other, options));
    const text = [optionText(each, option), ...more].join(" ");
    return [text, ...also.map((form) => `${flagName(each)}=${form}`)];
  });
  const text = shown.join(" | ");
  return options[key]?.required === true ? text : `[${text}]`;
}
