import type { GivenTo } from "./command.ts";
import { deciding } from "./literals/deciding.ts";
import { keeping } from "./literals/keeping.ts";
import { serving } from "./literals/serving.ts";
import { settingUp } from "./literals/setting-up.ts";

/** Every command there is, in the order in which they are listed, by what is typed. */
export const literals = { ...serving, ...deciding, ...keeping, ...settingUp } as const;

export type CommandName = keyof typeof literals;

/** What the code of a command is given: its words and options, read. */
export type Given<N extends CommandName> = GivenTo<(typeof literals)[N]>;

export const commandNames = Object.keys(literals).filter(isCommandName);

export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(literals, text);
}

/** The commands that begin with a word: of `store`, `store copy` and its like. */
export function namesUnder(word: string): CommandName[] {
  return commandNames.filter((name) => name === word || name.startsWith(`${word} `));
}
