import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { createLog } from "../lib/log.ts";
import { createTerminal, type CommandContext } from "./terminal.ts";

interface Command {
  /** The line of the help. */
  summary: string;
  usage: string;
  load(): Promise<{ run(args: string[], context: CommandContext): Promise<number> }>;
}

const commands: Record<string, Command> = {
  serve: {
    usage:
      "serve [--config FILE | --no-config] [--agents FILE] [--store PATH|URL|memory] [--source NAME] [--max-wait SECONDS] [--notify COMMAND] [--inbox | --inbox=open] [--port N] [--no-work]",
    summary: "serve MCP on stdin and stdout",
    load: () => import("./commands/serve.ts"),
  },
  gateway: {
    usage: "gateway [--config FILE] [--store PATH] [--hold SECONDS]",
    summary:
      "offer the tools of the configured servers to the agent that starts this, each call through the rules",
    load: () => import("./commands/gateway.ts"),
  },
  worker: {
    usage:
      "worker [--slots N] [--config FILE | --no-config] [--agents FILE] [--store PATH|URL] [--source NAME]",
    summary: "go on with runs that others start and decide",
    load: () => import("./commands/worker.ts"),
  },
  run: {
    usage:
      'run "PROMPT" [--agent NAME] [--session NAME] [--config FILE | --no-config] [--agents FILE] [--store PATH]',
    summary: "run an agent here, asking at every pause",
    load: () => import("./commands/run.ts"),
  },
  chat: {
    usage:
      "chat [--session NAME] [--agent NAME] [--config FILE | --no-config] [--agents FILE] [--store PATH]",
    summary: "talk with an agent here; goes on where it was left",
    load: () => import("./commands/chat.ts"),
  },
  approvals: {
    usage: "approvals [--long] [--watch] [--json] [--store PATH]",
    summary: "list what waits for a decision",
    load: () => import("./commands/approvals.ts"),
  },
  inbox: {
    usage: "inbox [--port N] [--store PATH]",
    summary: "decide on a page in the browser",
    load: () => import("./commands/inbox.ts"),
  },
  approve: {
    usage:
      "approve ID [--yes] [--always | --for 1h|30d [--times N]] [--arguments JSON] [--store PATH]",
    summary: "let a pending call run",
    load: () => import("./commands/approve.ts"),
  },
  reject: {
    usage: "reject ID [--message TEXT] [--always] [--yes] [--store PATH]",
    summary: "refuse a pending call",
    load: () => import("./commands/reject.ts"),
  },
  "ask-again": {
    usage: "ask-again ID [--store PATH]",
    summary: "be asked again when a call that you rejected comes again through the gateway",
    load: () => import("./commands/ask-again.ts"),
  },
  grants: {
    usage: "grants [end ID] [--json] [--store PATH]",
    summary: "list yeses that were given for later calls, or end one",
    load: () => import("./commands/grants.ts"),
  },
  stats: {
    usage: "stats [--days N] [--json] [--store PATH]",
    summary: "count what was asked, and how fast and by whom it was decided",
    load: () => import("./commands/stats.ts"),
  },
  runs: {
    usage: "runs [--status STATUS] [--json] [--store PATH]",
    summary: "list runs, newest first",
    load: () => import("./commands/runs.ts"),
  },
  show: {
    usage: "show RUN [--journal] [--json] [--store PATH]",
    summary: "tell what happened in a run; --journal entry by entry",
    load: () => import("./commands/show.ts"),
  },
  resume: {
    usage:
      "resume RUN [--max-turns N] [--config FILE | --no-config] [--agents FILE] [--store PATH]",
    summary: "go on with a run that stopped, here",
    load: () => import("./commands/resume.ts"),
  },
  cancel: {
    usage: "cancel RUN [--reason TEXT] [--store PATH]",
    summary: "end a run",
    load: () => import("./commands/cancel.ts"),
  },
  audit: {
    usage: "audit [RUN] [--anchor FILE] [--store PATH]",
    summary: "check that journals are as they were written, and that none is missing",
    load: () => import("./commands/audit.ts"),
  },
  export: {
    usage:
      "export RUN [--as openai-js [--config FILE | --no-config] [--agents FILE]] [--store PATH]",
    summary: "write a run's journal as JSON Lines, or its state for the OpenAI Agents SDK",
    load: () => import("./commands/export.ts"),
  },
  import: {
    usage:
      "import FILE [--agent NAME] [--with-approvals] [--config FILE | --no-config] [--agents FILE] [--store PATH]",
    summary: "take in a run that the OpenAI Agents SDK interrupted",
    load: () => import("./commands/import.ts"),
  },
  store: {
    usage: "store accept | release RUN | copy FROM TO [--store PATH]; store migrate | check URL",
    summary:
      "say that an older copy of the store is meant, let one of its runs go on, or make a copy with an id of its own; bring the tables of a PostgreSQL store up to date, or see what it can lose",
    load: () => import("./commands/store.ts"),
  },
  prune: {
    usage: "prune --older-than 30d [--store PATH]",
    summary: "remove finished runs",
    load: () => import("./commands/prune.ts"),
  },
  init: {
    usage: "init [--yes] [--from FILE] [--config FILE]",
    summary: "write a starter configuration; --from takes the servers of Claude Desktop's",
    load: () => import("./commands/init.ts"),
  },
  trust: {
    usage: "trust [--config FILE]",
    summary: "let the configuration of this directory count, as it stands",
    load: () => import("./commands/trust.ts"),
  },
  enrol: {
    usage: "enrol",
    summary: "set a PIN that is asked for where a person must decide",
    load: () => import("./commands/enrol.ts"),
  },
  check: {
    usage: "check [--json] [--config FILE | --no-config] [--agents FILE]",
    summary: "start the configured servers and show which tools are free, asked about, or denied",
    load: () => import("./commands/check.ts"),
  },
  policy: {
    usage: "policy test FILE [--json] [--config FILE | --no-config]",
    summary: "judge a table of calls, and compare with the verdicts it expects",
    load: () => import("./commands/policy.ts"),
  },
  demo: {
    usage: "demo [--ask]",
    summary: "watch a run pause, survive a kill, and finish",
    load: () => import("./commands/demo.ts"),
  },
};

/** Runs the command that `args` names; returns the exit code. */
export async function main(args: string[]): Promise<number> {
  quietExperimentalWarnings();
  const env = settings(process.env);
  const log = createLog({ file: env["HOLDPOINT_LOG"] });
  const terminal = createTerminal(env["PAGER"]);
  const [name = "", ...rest] = args;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined || rest.includes("--help") || rest.includes("-h")) {
    const isHelp = ["", "help", "--help", "-h"].includes(name) || command !== undefined;
    if (!isHelp) terminal.error(`There is no command "${name}"`);
    const say = isHelp ? terminal.print : terminal.error;
    say(help(command));
    return isHelp ? 0 : 1;
  }
  try {
    const { run } = await command.load();
    return await run(rest, { env, log, terminal });
  } catch (error) {
    const message = describe(error, command);
    terminal.error(message);
    // Hosts often lose stderr, and a server that did not start can say it nowhere else.
    createLog({ file: env["HOLDPOINT_LOG"], write: () => {} }).warn(message);
    return 1;
  } finally {
    terminal.close();
  }
}

/** The environment without what is empty: forms and configuration files leave unset things so. */
function settings(given: NodeJS.ProcessEnv): CommandContext["env"] {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}

function describe(error: unknown, command: Command): string {
  if (error instanceof HoldpointError) return `holdpoint: ${error.message}`;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code.startsWith("ERR_PARSE_ARGS")) {
    return `holdpoint: ${errorMessage(error)}\nUsage: holdpoint ${command.usage}`;
  }
  const stack = error instanceof Error ? error.stack : undefined;
  return `holdpoint: something went wrong inside: ${stack ?? errorMessage(error)}`;
}

function help(command: Command | undefined): string {
  if (command !== undefined) return `holdpoint ${command.usage}\n\n${command.summary}`;
  const lines = Object.values(commands).map(
    ({ usage, summary }) => `  holdpoint ${usage}\n      ${summary}`,
  );
  return `Agents that stop and ask before they act.\n\n${lines.join("\n")}`;
}

/** Node says at every start that its SQLite is young; the people who read stderr cannot act on it. */
function quietExperimentalWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") process.stderr.write(`${warning.stack ?? ""}\n`);
  });
}
