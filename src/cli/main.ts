import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { createLog } from "../lib/log.ts";
import { describeSystemFault } from "../lib/system-fault.ts";
import { packageVersion } from "../app/package-version.ts";
import { startCommand } from "./commands.ts";
import { commandHelp, describeUnknown, overview } from "./help.ts";
import { namesUnder, type CommandName } from "./literals.ts";
import { approvalId, runId } from "./options.ts";
import { ownName, type Started } from "./own-name.ts";
import { ownStart } from "./own-start.ts";
import { namedBy } from "./read-given.ts";
import { createTerminal, type CommandContext } from "./terminal.ts";

/** Runs the command that `args` names; returns the exit code. */
export async function main(args: string[]): Promise<number> {
  quietExperimentalWarnings();
  const env = settings(process.env);
  const log = createLog({ file: env["HOLDPOINT_LOG"] });
  const terminal = createTerminal(env["PAGER"], ownName(started()));
  const meant = meantBy(args);
  if (typeof meant !== "string") {
    (meant.exitCode === 0 ? terminal.print : terminal.error)(terminal.typed(meant.text));
    return meant.exitCode;
  }
  try {
    return await startCommand(meant, args.slice(1), { env, log, terminal });
  } catch (error) {
    const message = terminal.typed(describe(error));
    terminal.error(message);
    // Hosts often lose stderr, and a server that did not start can say it nowhere else.
    createLog({ file: env["HOLDPOINT_LOG"], write: () => {} }).warn(message);
    return 1;
  } finally {
    terminal.close();
  }
}

/** A command; or what needs no code of one: help, the version, and what a wrong word was to be. */
function meantBy(args: readonly string[]): CommandName | { text: string; exitCode: number } {
  const [first = "", ...rest] = args;
  const isHelp = ["", "help", "--help", "-h"].includes(first);
  const asked = isHelp ? rest : args;
  const [word] = asked;
  if (["--version", "-v"].includes(first)) return { text: packageVersion(), exitCode: 0 };
  if (word === undefined) return { text: overview(), exitCode: 0 };
  const name = namedBy(asked);
  const names = name === undefined || name === word ? namesUnder(word) : [name];
  if (names.length > 0 && (isHelp || rest.includes("--help") || rest.includes("-h"))) {
    return { text: names.map((each) => commandHelp(each)).join("\n\n"), exitCode: 0 };
  }
  if (name === undefined) return { text: describeUnknown(word), exitCode: 1 };
  return rest.includes("--version") ? { text: packageVersion(), exitCode: 0 } : name;
}

function started(): Started {
  const { script, node } = ownStart();
  const [, named = script] = process.argv;
  return { named, script, node, directory: process.cwd(), env: process.env };
}

/**
 * The environment without what is empty, or is the name of a setting that nobody filled in: forms
 * and bundles leave unset things so.
 */
function settings(given: NodeJS.ProcessEnv): CommandContext["env"] {
  return Object.fromEntries(Object.entries(given).filter(([, value = ""]) => isSet(value)));
}

function isSet(value: string): boolean {
  return value !== "" && !/^\$\{user_config\.\w+\}$/.test(value);
}

/** Where ids are found, by what is said of one that is not. */
const listedBy: Readonly<Record<string, string>> = {
  approval_not_found: approvalId.listedBy,
  run_not_found: runId.listedBy,
};

function describe(error: unknown): string {
  if (error instanceof HoldpointError) {
    const list = Object.hasOwn(listedBy, error.code) ? listedBy[error.code] : undefined;
    const hint = list === undefined ? "" : `\n${list}; with the same --store, where you said one`;
    return `holdpoint: ${error.message}${hint}`;
  }
  const fault = describeSystemFault(error);
  if (fault !== undefined) return `holdpoint: ${fault}`;
  const stack = error instanceof Error ? error.stack : undefined;
  return `holdpoint: something went wrong inside: ${stack ?? errorMessage(error)}`;
}

/** Node says at every start that its SQLite is young; the people who read stderr cannot act on it. */
function quietExperimentalWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") process.stderr.write(`${warning.stack ?? ""}\n`);
  });
}
