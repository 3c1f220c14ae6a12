import { userInfo } from "node:os";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

import { createDeskService, deskStore, type AppOptions } from "../app/app.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { RunService } from "../runs/run-service.ts";
import type { CommandContext } from "./terminal.ts";

export const configOptions = {
  config: { type: "string" },
  "no-config": { type: "boolean" },
} as const;
export const storeOption = { store: { type: "string" }, ...configOptions } as const;
export const agentsOptions = { ...storeOption, agents: { type: "string" } } as const;

/** Options and the one word that a command is about. @throws HoldpointError `invalid_input` */
export function parseCommand<T extends ParseArgsOptionsConfig>(
  args: string[],
  { options, subject }: { options: T; subject?: string },
) {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [first, ...extra] = positionals;
  if (extra.length > 0 || (subject === undefined && first !== undefined)) {
    const word = (subject === undefined ? first : extra[0]) ?? "";
    throw new HoldpointError("invalid_input", `I do not know what to do with "${word}"`);
  }
  if (subject !== undefined && first === undefined) {
    throw new HoldpointError(
      "invalid_input",
      `Say which: ${subject} is missing${listing(subject)}`,
    );
  }
  return { values, subject: first ?? "" };
}

/** The command that shows what could be named. */
function listing(subject: string): string {
  if (subject === "the approval's id") return "; holdpoint approvals lists what waits";
  return subject === "the run's id" ? "; holdpoint runs lists them" : "";
}

/** Options, and words. */
export function parseOptions<T extends ParseArgsOptionsConfig>(args: string[], options: T) {
  return parseArgs({ args, options, allowPositionals: true });
}

/** Options, and a word that may be left out. @throws HoldpointError `invalid_input` */
export function parseOptional<T extends ParseArgsOptionsConfig>(
  args: string[],
  { options }: { options: T },
) {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [subject, extra] = positionals;
  if (extra === undefined) return { values, subject };
  throw new HoldpointError("invalid_input", `I do not know what to do with "${extra}"`);
}

/** What the options of a command say of the program, as far as it has them. */
interface AppValues {
  store?: string | undefined;
  config?: string | undefined;
  "no-config"?: boolean | undefined;
  agents?: string | undefined;
}

/** The program that the options of a command ask for. */
export function appOptions(
  { store, config, "no-config": noConfig, agents }: AppValues,
  { env, log }: Pick<CommandContext, "env" | "log">,
): AppOptions {
  return { store, configFile: config, noConfig, agentsFile: agents, env, log };
}

/** Lets `work` look and decide in a store that servers share. */
export async function withDesk<T>(
  context: CommandContext,
  values: AppValues,
  work: (service: RunService) => Promise<T>,
): Promise<T> {
  const options = appOptions(values, context);
  const store = deskStore(options);
  if (store === "memory") {
    throw new HoldpointError(
      "invalid_input",
      "A memory store lives inside one process and cannot be reached from here. Start the server with --store PATH",
    );
  }
  const service = await createDeskService({ ...options, store });
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

const UNITS: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Milliseconds of `30d`. @throws HoldpointError `invalid_input`, which begins with `how` */
export function parseSpan(text: string | undefined, how: string): number {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text ?? "") ?? [];
  const unitMs = UNITS[unit ?? ""];
  if (count !== undefined && unitMs !== undefined) return Number(count) * unitMs;
  throw new HoldpointError("invalid_input", `${how} (m minutes, h hours, d days, w weeks)`);
}

/** Who decides at this terminal, as the system knows them. */
export function terminalUser(): string {
  try {
    return `${userInfo().username} (OS user)`;
  } catch {
    return "unknown OS user";
  }
}

/** @throws HoldpointError `invalid_input` for what is no number of seconds */
export function parseSeconds(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new HoldpointError("invalid_input", `${option} must be a number of seconds, not "${text}"`);
}

/** How many are shown at most. @throws HoldpointError `invalid_input` */
export function parseLimit(text: string | undefined, most: number): number {
  if (text === undefined) return most;
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new HoldpointError(
    "invalid_input",
    `--limit must be a whole number above 0, not "${text}"`,
  );
}
