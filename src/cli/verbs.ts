import type { CommandContext } from "./terminal.ts";

/** One word after `holdpoint`: what its help says, and what it does. */
export interface Verb {
  /** Without the name of the program. */
  usage: string;
  summary: string;
  example: string;
  /** What exit codes mean besides 0, done, and 1, not done. */
  exits?: Readonly<Record<number, string>>;
  /** What an option means here, where that is not what it means elsewhere. */
  words?: Readonly<Record<string, string>>;
  load(): Promise<{ run(args: string[], context: CommandContext): Promise<number> }>;
}

export const verbs: Readonly<Record<string, Verb>> = {
  serve: {
    usage:
      "serve [--config FILE | --no-config] [--agents FILE] [--store PATH|URL|memory] [--source NAME] [--max-wait SECONDS] [--notify COMMAND] [--inbox | --inbox=open] [--port N] [--no-work]",
    summary: "serve MCP on stdin and stdout",
    example: "holdpoint serve --config ~/agents/holdpoint.json --inbox",
    load: () => import("./commands/serve.ts"),
  },
  gateway: {
    usage: "gateway [--config FILE | --no-config] [--store PATH] [--hold SECONDS]",
    summary:
      "offer the tools of the configured servers to the agent that starts this, each call through the rules",
    example: 'claude mcp add gated -- npx holdpoint gateway --config "$PWD/holdpoint.json"',
    load: () => import("./commands/gateway.ts"),
  },
  worker: {
    usage:
      "worker [--slots N] [--config FILE | --no-config] [--agents FILE] [--store PATH|URL] [--source NAME]",
    summary: "go on with runs that others start and decide",
    example:
      "holdpoint worker --store postgres://db.example/holdpoint --agents agents.ts --source payments",
    load: () => import("./commands/worker.ts"),
  },
  run: {
    usage:
      'run "PROMPT" [--agent NAME] [--session NAME] [--config FILE | --no-config] [--agents FILE] [--store PATH]',
    summary: "run an agent here, asking at every pause",
    example: 'holdpoint run "What is the temperature in Oakland?"',
    exits: { 2: "it waits for a decision" },
    load: () => import("./commands/run.ts"),
  },
  chat: {
    usage:
      "chat [--session NAME] [--agent NAME] [--config FILE | --no-config] [--agents FILE] [--store PATH]",
    summary: "talk with an agent here; goes on where it was left",
    example: "holdpoint chat --session monday",
    load: () => import("./commands/chat.ts"),
  },
  approvals: {
    usage:
      "approvals [--limit N] [--long] [--watch] [--json | --json=v1] [--config FILE | --no-config] [--store PATH]",
    summary: "list what waits for a decision",
    example: "holdpoint approvals --watch",
    load: () => import("./commands/approvals.ts"),
  },
  inbox: {
    usage: "inbox [--port N] [--config FILE | --no-config] [--store PATH]",
    summary: "decide on a page in the browser",
    example: "holdpoint inbox",
    load: () => import("./commands/inbox.ts"),
  },
  approve: {
    usage:
      "approve ID [--yes] [--always | --for SPAN] [--times N] [--arguments JSON] [--typed TEXT] [--config FILE | --no-config] [--store PATH]",
    summary: "let a pending call run",
    example: "holdpoint approve apr_7Q2 --arguments '{\"cents\": 500}'",
    exits: { 2: "nothing was decided" },
    words: {
      always: "and later calls of this tool in this run, as far as they need no closer approver",
      times: "with --for, how often at most; else how often it runs that was asked for at once",
    },
    load: () => import("./commands/approve.ts"),
  },
  reject: {
    usage:
      "reject ID [--message TEXT] [--always] [--yes] [--config FILE | --no-config] [--store PATH]",
    summary: "refuse a pending call",
    example: 'holdpoint reject apr_7Q2 --message "Not this customer"',
    exits: { 2: "nothing was decided" },
    words: { always: "and later calls of this tool in this run" },
    load: () => import("./commands/reject.ts"),
  },
  "ask-again": {
    usage: "ask-again ID [--config FILE | --no-config] [--store PATH]",
    summary: "be asked again when a call that you rejected comes again through the gateway",
    example: "holdpoint ask-again apr_7Q2",
    load: () => import("./commands/ask-again.ts"),
  },
  grants: {
    usage: "grants [end ID] [--json] [--config FILE | --no-config] [--store PATH]",
    summary: "list yeses that were given for later calls, or end one",
    example: "holdpoint grants end grt_3B1",
    words: { json: "for programs, a JSON text a line, names as in MCP" },
    load: () => import("./commands/grants.ts"),
  },
  stats: {
    usage: "stats [--days N] [--json] [--config FILE | --no-config] [--store PATH]",
    summary: "count what was asked, and how fast and by whom it was decided",
    example: "holdpoint stats --days 7",
    words: { json: "for programs, a JSON text, names as in MCP" },
    load: () => import("./commands/stats.ts"),
  },
  runs: {
    usage:
      "runs [--status STATUS] [--limit N] [--json | --json=v1] [--config FILE | --no-config] [--store PATH]",
    summary: "list runs, newest first",
    example: "holdpoint runs --status awaiting_approval",
    load: () => import("./commands/runs.ts"),
  },
  show: {
    usage: "show RUN [--journal] [--json] [--config FILE | --no-config] [--store PATH]",
    summary: "tell what happened in a run; --journal entry by entry",
    example: "holdpoint show run_4KX",
    words: { json: "the lines as they are stored" },
    load: () => import("./commands/show.ts"),
  },
  resume: {
    usage:
      "resume RUN [--max-turns N] [--config FILE | --no-config] [--agents FILE] [--store PATH]",
    summary: "go on with a run that stopped, here",
    example: "holdpoint resume run_4KX --max-turns 20",
    exits: { 2: "it waits for a decision" },
    load: () => import("./commands/resume.ts"),
  },
  cancel: {
    usage: "cancel RUN [--reason TEXT] [--config FILE | --no-config] [--store PATH]",
    summary: "end a run",
    example: 'holdpoint cancel run_4KX --reason "Asked twice"',
    load: () => import("./commands/cancel.ts"),
  },
  audit: {
    usage: "audit [RUN] [--anchor FILE] [--config FILE | --no-config] [--store PATH]",
    summary: "check that journals are as they were written, and that none is missing",
    example: "holdpoint audit --anchor /mnt/elsewhere/holdpoint.anchor",
    exits: { 1: "something does not fit, or it could not be looked at" },
    load: () => import("./commands/audit.ts"),
  },
  export: {
    usage:
      "export RUN [--as openai-js [--config FILE | --no-config] [--agents FILE]] [--store PATH]",
    summary: "write a run's journal as JSON Lines, or its state for the OpenAI Agents SDK",
    example: "holdpoint export run_4KX > run.jsonl",
    words: { as: "openai-js: the state of a run as @openai/agents reads it" },
    load: () => import("./commands/export.ts"),
  },
  import: {
    usage:
      "import FILE [--agent NAME] [--with-approvals] [--config FILE | --no-config] [--agents FILE] [--store PATH]",
    summary: "take in a run that the OpenAI Agents SDK interrupted",
    example: "holdpoint import state.json --agents agents.ts",
    words: { agent: "the agent that goes on with it" },
    load: () => import("./commands/import.ts"),
  },
  store: {
    usage:
      "store accept | release RUN | copy FROM TO [--config FILE | --no-config] [--store PATH]; store migrate | check URL",
    summary:
      "say that an older copy of the store is meant, let one of its runs go on, or make a copy with an id of its own; bring the tables of a PostgreSQL store up to date, or see what it can lose",
    example: "holdpoint store copy runs.db copy.db",
    exits: { 1: "it could not be done, or nobody said yes; for check: something can be lost" },
    load: () => import("./commands/store.ts"),
  },
  prune: {
    usage: "prune --older-than 30d [--untold] [--config FILE | --no-config] [--store PATH]",
    summary: "remove finished runs",
    example: "holdpoint prune --older-than 30d",
    load: () => import("./commands/prune.ts"),
  },
  init: {
    usage: "init [--yes] [--from FILE] [--trust NAMES] [--config FILE]",
    summary: "write a starter configuration; --from takes the servers of a host's file",
    example: "holdpoint init --from claude_desktop_config.json",
    exits: { 1: "nothing was written" },
    words: {
      from: "a file of a host with its servers, such as claude_desktop_config.json or config.toml",
      config: "the file to write; default holdpoint.json here",
      yes: "write it without asking; then no server is believed but those of --trust",
    },
    load: () => import("./commands/init.ts"),
  },
  connect: {
    usage:
      "connect [claude-code] [claude-desktop] [codex] [cursor] [vscode] [--dry-run] [--trust NAMES] [--yes]",
    summary:
      "move the servers of your hosts behind the gateway; without a name, of all that are here",
    example: "holdpoint connect claude-desktop cursor --dry-run",
    exits: { 1: "nothing was changed" },
    words: { yes: "do not ask; then no server is believed but those of --trust" },
    load: () => import("./commands/connect.ts"),
  },
  disconnect: {
    usage: "disconnect [claude-code] [claude-desktop] [codex] [cursor] [vscode]",
    summary: "put the servers of your hosts back where they were",
    example: "holdpoint disconnect cursor",
    exits: { 1: "the file of a host has changed so that its place is not found" },
    load: () => import("./commands/disconnect.ts"),
  },
  trust: {
    usage: "trust [--config FILE]",
    summary: "let the configuration of this directory count, as it stands",
    example: "holdpoint trust",
    exits: { 1: "nothing was trusted" },
    words: { config: "the file to trust; default holdpoint.json here" },
    load: () => import("./commands/trust.ts"),
  },
  enrol: {
    usage: "enrol",
    summary: "set a PIN that is asked for where a person must decide",
    example: "holdpoint enrol",
    load: () => import("./commands/enrol.ts"),
  },
  check: {
    usage:
      "check [--json | --json=v1] [--config FILE | --no-config] [--agents FILE] [--store PATH]",
    summary: "start the configured servers and show which tools are free, asked about, or denied",
    example: "holdpoint check --config holdpoint.json",
    exits: { 1: "a server or a path declaration does not work, or the configuration is wrong" },
    load: () => import("./commands/check.ts"),
  },
  doctor: {
    usage: "doctor [--call] [--json | --json=v1] [--config FILE | --no-config] [--store PATH]",
    summary:
      "look at Node, store, configuration, keys, models, servers and hosts, and say what to do",
    example: "holdpoint doctor --call",
    exits: { 1: "something is broken" },
    load: () => import("./commands/doctor.ts"),
  },
  policy: {
    usage: "policy test FILE [--json | --json=v1] [--config FILE | --no-config]",
    summary: "judge a table of calls, and compare with the verdicts it expects",
    example: "holdpoint policy test cases.json",
    exits: { 1: "a verdict is not as expected, or a file is wrong" },
    load: () => import("./commands/policy.ts"),
  },
  demo: {
    usage: "demo [--ask]",
    summary: "watch a run pause, survive a kill, and finish",
    example: "holdpoint demo --ask",
    words: { ask: "you decide" },
    load: () => import("./commands/demo.ts"),
  },
};
