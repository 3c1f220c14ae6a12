import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { nearest } from "../lib/nearest.ts";
import type { CommandLiteral, Parts } from "./command.ts";
import { isCommandName, literals, namesUnder, type CommandName, type Given } from "./literals.ts";
import { callOf, flagName, optionText, usageOf } from "./usage.ts";

type Values = Readonly<Record<string, unknown>>;

/** The command that is typed: also `grants --store FILE end ID` is `grants end`. */
export function namedBy([first = "", ...args]: readonly string[]): CommandName | undefined {
  const options = namesUnder(first)
    .map((name): CommandLiteral => literals[name])
    .map((each) => each.options);
  const { positionals } = parse(args, Object.assign({}, ...options) as Parts, false);
  return [`${first} ${positionals[0]}`, first].find(isCommandName);
}

/** Reads what is said to a command. @throws HoldpointError `invalid_input`, or what a part throws */
export function readGiven<N extends CommandName>(name: N, args: readonly string[]): Given<N> {
  const { words = {}, options = {} }: CommandLiteral = literals[name];
  const { values, positionals } = parseStrictly(name, args, options);
  const said = positionals.slice(name.split(" ").length - 1);
  const given = { ...readOptions(values, options), ...readWords(said, words, name) };
  return given as Given<N>;
}

function parse(args: readonly string[], parts: Parts, strict: boolean) {
  const named = Object.entries(parts).map(([key, part]) => ({ flag: flagName(key), ...part }));
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    named.map(({ flag, value, also }) => [
      flag.slice(2),
      { type: (value ?? also) === undefined ? "boolean" : "string" },
    ]),
  );
  // By itself such a flag has an empty value.
  const bare = named.flatMap(({ flag, also }) => (also === undefined ? [] : [flag]));
  const texts = args.map((text) => (bare.includes(text) ? `${text}=` : text));
  return parseArgs({ args: texts, options, strict, allowPositionals: true });
}

function parseStrictly(name: CommandName, args: readonly string[], options: Parts) {
  try {
    return parse(args, options, true);
  } catch (cause) {
    // What Node says of options that it cannot read, in its first sentence, and what was meant.
    const [said = ""] = errorMessage(cause).split(". ");
    const [, unknown = ""] = /^Unknown option '--?([\w-]+)'/.exec(said) ?? [];
    const known = Object.keys(options).map((key) => flagName(key).slice(2));
    const meant = nearest(unknown, known);
    const hint = meant === undefined ? "" : `. Did you mean --${meant}?`;
    const usage = `Usage: ${usageOf(name)}`;
    throw new HoldpointError("invalid_input", `${said}${hint}\n${usage}`, { cause });
  }
}

function readOptions(values: Values, options: Parts): Values {
  const isSaid = (key: string): boolean => values[flagName(key).slice(2)] !== undefined;
  const entries = Object.entries(options).map(([key, part]) => {
    const { meaning, required = false, default: usual, or, with: base } = part;
    const flag = flagName(key);
    if (!isSaid(key)) {
      if (!required) return [key, usual];
      throw new HoldpointError("invalid_input", `Say ${optionText(key, part)}: ${meaning}`);
    }
    if (or !== undefined && isSaid(or)) {
      throw new HoldpointError("invalid_input", `${flagName(or)} and ${flag} exclude each other`);
    }
    if (base !== undefined && !isSaid(base)) {
      throw new HoldpointError("invalid_input", `${flag} goes with ${flagName(base)}`);
    }
    const text = values[flag.slice(2)];
    return [key, part.read(typeof text === "string" ? text : "", flag)];
  });
  return Object.fromEntries(entries);
}

function readWords(said: string[], words: Parts, name: CommandName): Values {
  const entries = Object.entries(words).map(([key, part]) => {
    const { value = "", meaning, listedBy, many = false, required = false } = part;
    if (many) return [key, said.splice(0).map((text) => part.read(text, value))];
    const text = said.shift();
    if (text !== undefined) return [key, part.read(text, value)];
    if (!required) return [key, part.default];
    const where = listedBy === undefined ? `: ${callOf(name)}` : `; ${listedBy}`;
    throw new HoldpointError("invalid_input", `Say which: ${meaning} is missing${where}`);
  });
  const [extra] = said;
  if (extra === undefined) return Object.fromEntries(entries);
  throw new HoldpointError("invalid_input", `I do not know what to do with "${extra}"`);
}
