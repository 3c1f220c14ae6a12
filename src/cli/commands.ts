import type { CommandName, Given } from "./literals.ts";
import { readGiven } from "./read-given.ts";
import type { CommandContext } from "./terminal.ts";

type Load<N extends CommandName> = () => Promise<{
  /** @returns the exit code; none is 0, done */
  run(given: Given<N>, context: CommandContext): Promise<number | void>;
}>;

/** The code of each command, which is loaded when it is started. */
const code: { readonly [N in CommandName]: Load<N> } = {
  serve: () => import("./commands/serve.ts"),
  gateway: () => import("./commands/gateway.ts"),
  worker: () => import("./commands/worker.ts"),
  run: () => import("./commands/run.ts"),
  chat: () => import("./commands/chat.ts"),
  approvals: () => import("./commands/approvals.ts"),
  inbox: () => import("./commands/inbox.ts"),
  approve: () => import("./commands/approve.ts"),
  reject: () => import("./commands/reject.ts"),
  "ask-again": () => import("./commands/ask-again.ts"),
  grants: () => import("./commands/grants.ts"),
  "grants end": () => import("./commands/grants-end.ts"),
  stats: () => import("./commands/stats.ts"),
  runs: () => import("./commands/runs.ts"),
  show: () => import("./commands/show.ts"),
  resume: () => import("./commands/resume.ts"),
  cancel: () => import("./commands/cancel.ts"),
  audit: () => import("./commands/audit.ts"),
  export: () => import("./commands/export.ts"),
  import: () => import("./commands/import.ts"),
  "store accept": () => import("./commands/store-accept.ts"),
  "store release": () => import("./commands/store-release.ts"),
  "store copy": () => import("./commands/store-copy.ts"),
  "store migrate": () => import("./commands/store-migrate.ts"),
  "store check": () => import("./commands/store-check.ts"),
  prune: () => import("./commands/prune.ts"),
  init: () => import("./commands/init.ts"),
  connect: () => import("./commands/connect.ts"),
  disconnect: () => import("./commands/disconnect.ts"),
  trust: () => import("./commands/trust.ts"),
  enrol: () => import("./commands/enrol.ts"),
  check: () => import("./commands/check.ts"),
  doctor: () => import("./commands/doctor.ts"),
  "policy test": () => import("./commands/policy-test.ts"),
  demo: () => import("./commands/demo.ts"),
};

/** Reads what is said to a command, and only then loads its code. @returns the exit code */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- given, and code, of one
export async function startCommand<N extends CommandName>(
  name: N,
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  const given = readGiven(name, args);
  const { run } = await code[name]();
  return (await run(given, context)) ?? 0;
}
