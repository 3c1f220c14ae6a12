import { createBorrowedPolicy, toGateVerdict } from "./borrowed-policy.ts";
import { createConfigAgents } from "./config-agents.ts";
import { loadConfig, type Config } from "../config/load-config.ts";
import type { ConfigServer } from "../config/schema.ts";
import type { ReadText } from "../config/trust.ts";
import type { ClientFace } from "../downstream/client-face.ts";
import { createFileLedger } from "../downstream/file-ledger.ts";
import type { ServerSpec } from "../downstream/server-spec.ts";
import { createToolSource, type ToolSource } from "../downstream/tool-source.ts";
import type { Log } from "../lib/log.ts";
import { modelWithout, offlineNote } from "./model-provider.ts";
import { packageVersion } from "./package-version.ts";
import { evaluatePolicy, strictest } from "../policy/evaluate.ts";
import { createPathResolver } from "../policy/real-path.ts";
import { createServerPaths, type ServerPaths } from "../policy/server-paths.ts";
import type { AgentEntry } from "../runs/agent-registry.ts";
import type { RunServiceOptions } from "../runs/run-service.ts";

/** What a configuration comes to. */
export interface SetUp {
  readonly config: Config;
  readonly source: ToolSource;
  readonly entries: readonly AgentEntry[];
  readonly gates: NonNullable<RunServiceOptions["gates"]>;
  readonly runConfig: NonNullable<RunServiceOptions["config"]>;
  /** What a person should know. */
  readonly notes: readonly string[];
}

export interface SetUpOptions {
  env: Readonly<Record<string, string | undefined>>;
  log: Log;
  /** Agents that were loaded from a module. */
  module: readonly AgentEntry[];
  /** The module that they are of. */
  agentsFile?: string | undefined;
  /** Gives the texts of a configuration that was trusted. */
  read?: ReadText | undefined;
  /** Who is behind the calls of servers' tools. */
  face?: ClientFace | undefined;
  /** The file of the store that will be used, given what the configuration says of it. */
  storePath(own: string | undefined): string | undefined;
}

/** Reads a configuration and makes objects of it; starts no server. @throws HoldpointError `config_invalid` */
export function createSetUp(file: string, options: SetUpOptions): SetUp {
  const { env, log, module } = options;
  const others = module.map(({ agent }) => agent);
  const config = loadConfig(file, {
    env,
    knownAgents: others.map(({ name }) => name),
    storePath: options.storePath,
    read: options.read,
    agentsFile: options.agentsFile,
  });
  const path = options.storePath(config.store);
  const source = createToolSource({
    servers: toServerSpecs(config),
    policy: createBorrowedPolicy(config.policy, {
      pathsOf: (server) => serverPaths(config, server),
      resolvePath: createPathResolver(config.directory),
    }),
    log,
    version: packageVersion(),
    face: options.face,
    ...(path === undefined ? {} : { ledger: createFileLedger(`${path}.tools.json`) }),
  });
  const model = modelWithout(env);
  const declares = config.agents.length > 0 || Object.keys(config.mcpServers ?? {}).length > 0;
  const entries = declares ? createConfigAgents(config, { source, others, model }) : [];
  const offline = model !== undefined && config.agents.every((each) => each.model === undefined);
  return {
    config,
    source,
    entries,
    gates: createGates(config),
    runConfig: toRunConfig(config),
    notes: [
      `the configuration is ${config.path}`,
      ...(declares && offline ? [offlineNote("agents without a model run", env)] : []),
    ],
  };
}

/** Servers as connections take them; those that are switched off are left out. */
export function toServerSpecs({ mcpServers = {}, limits }: Config): Record<string, ServerSpec> {
  const specs = Object.entries(mcpServers)
    .filter(([, { disabled }]) => disabled !== true)
    .map(([name, server]) => [name, toServerSpec(server, limits?.callTimeoutMs)]);
  return Object.fromEntries(specs) as Record<string, ServerSpec>;
}

function toServerSpec(server: ConfigServer, callTimeoutMs: number | undefined): ServerSpec {
  const { command = "", args, env, cwd, url, headers, trusted } = server;
  const common = { trusted, timeoutMs: server.timeoutMs ?? callTimeoutMs };
  return url === undefined ? { ...common, command, args, env, cwd } : { ...common, url, headers };
}

/** What the paths in the arguments of a server's tools mean. */
export function serverPaths({ mcpServers = {}, directory }: Config, server: string): ServerPaths {
  const { paths, ...start } = mcpServers[server] ?? {};
  return createServerPaths(start, { declared: paths, directory });
}

/** Code may count a path from the file's folder or from its own: the stricter verdict counts. */
function createGates({ policy, directory }: Config): SetUp["gates"] {
  const resolvers = [createPathResolver(directory), createPathResolver(process.cwd())];
  return {
    policy: (call) => {
      const answers = resolvers.map((resolvePath) =>
        evaluatePolicy(policy, call, { fallback: "allow", resolvePath }),
      );
      const answer = strictest(answers);
      return answer?.rule === undefined ? undefined : toGateVerdict(policy, answer);
    },
  };
}

function toRunConfig({ approvers, limits = {} }: Config): SetUp["runConfig"] {
  const { default: level = "client", agents = {} } = approvers ?? {};
  const { approvalTimeoutSeconds: seconds, maxParallelTools, maxOutputCharacters } = limits;
  const { askAtMaxTurns } = limits;
  const { run: runApprover } = approvers ?? {};
  return {
    approver: (agent) => (Object.hasOwn(agents, agent.name) ? agents[agent.name] : level) ?? level,
    ...(seconds === undefined ? {} : { approvalTimeout: { seconds } }),
    askAtMaxTurns,
    ...(runApprover === undefined ? {} : { runApprover }),
    toolExecution: {
      ...(maxParallelTools === undefined ? {} : { maxFunctionToolConcurrency: maxParallelTools }),
      ...(maxOutputCharacters === undefined ? {} : { maxOutputCharacters }),
    },
  };
}
