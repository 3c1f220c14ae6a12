import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { createLog } from "../lib/log.ts";
import { describeSystemFault } from "../lib/system-fault.ts";
import { packageVersion } from "../app/package-version.ts";
import { describeBadOption, describeUnknownVerb, overview, verbHelp } from "./help.ts";
import { ownName, type Started } from "./own-name.ts";
import { ownStart } from "./own-start.ts";
import { createTerminal, type CommandContext } from "./terminal.ts";
import { verbs, type Verb } from "./verbs.ts";

/** Runs the command that `args` names; returns the exit code. */
export async function main(args: string[]): Promise<number> {
  quietExperimentalWarnings();
  const env = settings(process.env);
  const log = createLog({ file: env["HOLDPOINT_LOG"] });
  const terminal = createTerminal(env["PAGER"], ownName(started()));
  const [name = "", ...rest] = args;
  const answer = answerAtOnce(name, rest);
  if (answer !== undefined) {
    (answer.exitCode === 0 ? terminal.print : terminal.error)(terminal.typed(answer.text));
    return answer.exitCode;
  }
  const verb = verbOf(name);
  try {
    const { run } = await verb.load();
    return await run(rest, { env, log, terminal });
  } catch (error) {
    const message = terminal.typed(describe(error, verb));
    terminal.error(message);
    // Hosts often lose stderr, and a server that did not start can say it nowhere else.
    createLog({ file: env["HOLDPOINT_LOG"], write: () => {} }).warn(message);
    return 1;
  } finally {
    terminal.close();
  }
}

function verbOf(name: string): Verb {
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined) throw new Error(`There is no verb ${name}`);
  return verb;
}

/** What needs no verb to be loaded: help, the version, and what a wrong word was meant to be. */
function answerAtOnce(
  name: string,
  rest: readonly string[],
): { text: string; exitCode: number } | undefined {
  if (["--version", "-v"].includes(name)) return { text: packageVersion(), exitCode: 0 };
  const isHelp = ["", "help", "--help", "-h"].includes(name);
  const asked = isHelp ? rest[0] : name;
  if (asked === undefined) return { text: overview(), exitCode: 0 };
  if (!Object.hasOwn(verbs, asked)) return { text: describeUnknownVerb(asked), exitCode: 1 };
  const wantsHelp = isHelp || rest.includes("--help") || rest.includes("-h");
  return wantsHelp ? { text: verbHelp(verbOf(asked)), exitCode: 0 } : undefined;
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
  approval_not_found:
    "holdpoint approvals lists what waits; with the same --store, where you said one",
  run_not_found: "holdpoint runs lists them; with the same --store, where you said one",
};

function describe(error: unknown, verb: Verb): string {
  if (error instanceof HoldpointError) {
    const hint = Object.hasOwn(listedBy, error.code) ? listedBy[error.code] : undefined;
    return `holdpoint: ${error.message}${hint === undefined ? "" : `\n${hint}`}`;
  }
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("ERR_PARSE_ARGS")) {
    return `holdpoint: ${describeBadOption(errorMessage(error), verb)}\nUsage: holdpoint ${verb.usage}`;
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
