import { homedir } from "node:os";

import { allFolders } from "./all-folders.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import {
  chooseConfig,
  untrustedConfig,
  userConfigDirectory,
  type ConfigChoice,
} from "../config/choose-config.ts";
import { configuredStore, type Config } from "../config/load-config.ts";
import { createDemoAgent } from "./demo-agent.ts";
import type { ClientFace } from "../downstream/client-face.ts";
import type { ToldProgress } from "../downstream/told-progress.ts";
import type { ToolSource } from "../downstream/tool-source.ts";
import { createModelProvider, modelWithout, offlineNote } from "./model-provider.ts";
import { openStore, stateDirectory, storeFile } from "./open-store.ts";
import type { SetUp } from "./set-up.ts";
import type { AgentEntry } from "../runs/agent-registry.ts";
import { createAgentRegistry } from "../runs/agent-registry.ts";
import { createRunService, type RunService } from "../runs/run-service.ts";
import { createTrustDesk } from "./trust-desk.ts";
import type { TrustDesk } from "../web/prove.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface AppOptions {
  /** A path, `memory`, or the URL of a PostgreSQL database; default `HOLDPOINT_STORE`, else a file in the state directory. */
  store?: string | undefined;
  /** A module whose default export is an agent or a list of them. */
  agentsFile?: string | undefined;
  /** A configuration; default `HOLDPOINT_CONFIG`, else `holdpoint.json` in the working directory. */
  configFile?: string | undefined;
  /** Whatever configuration lies about is left alone. */
  noConfig?: boolean | undefined;
  /** A name for where the agents come from, in place of the path; for several machines. */
  source?: string | undefined;
  /** Who is behind the calls of servers' tools. */
  face?: ClientFace | undefined;
  /** How many runs go on at once; with 0 this process starts runs, and others go on with them. */
  slots?: number | undefined;
  /** Whether models are asked to stream. */
  streamed?: boolean | undefined;
  env: Environment;
  log: Log;
}

export interface App {
  readonly service: RunService;
  /** Starts the servers that agents have tools of, so that the first run does not wait for them. */
  warmUp(): void;
  /** Tells how far calls of servers' tools are. @returns ends it */
  onProgress: ToldProgress["listen"];
  /** What a person should know about how it was set up. */
  readonly notes: readonly string[];
  /** What the configuration says of who decides. */
  readonly approvers?: Config["approvers"];
  /** Where somebody trusts the configuration that was found, while nothing is started for it. */
  readonly trust?: TrustDesk;
}

/**
 * Puts the program together; drivers are loaded when they are used, servers started when they are
 * needed.
 *
 * @throws HoldpointError `config_invalid`, `store_unavailable`, `store_corrupt`
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { env, log, streamed } = options;
  const choice = configChoice(options);
  if (choice.type === "untrusted") return createIdleApp(options);
  const module = await loadModule(options.agentsFile);
  const setUp = await loadSetUp(options, { module, choice });
  const opened = await openStore(chooseStore(options, setUp?.config), options);
  const { store, sessions } = opened;
  const chosen = chooseEntries([...module, ...(setUp?.entries ?? [])], env);
  const { notes } = chosen;
  const entries = nameSource(chosen.entries, options.source);
  const config = {
    modelProvider: createModelProvider(env, setUp?.config.providers),
    ...setUp?.runConfig,
  };
  const registry = createAgentRegistry(entries, config);
  const service = createRunService({
    store,
    folders: allFolders,
    registry,
    log,
    config,
    sessions,
    streamed,
    gates: setUp?.gates,
    clientEdits: setUp?.config.approvers?.clientEdits,
    maxRunsAtOnce: options.slots,
  });
  return {
    service: {
      ...service,
      ...(options.slots === 0 ? { resume: refuseWork } : {}),
      close: (graceMs) => closeBoth(service, setUp?.source, graceMs),
    },
    warmUp: () => setUp?.source.warmUp(),
    onProgress: (listener) => setUp?.source.onProgress(listener) ?? (() => {}),
    notes: [`runs are kept in ${store.location}`, ...(setUp?.notes ?? []), ...notes],
    approvers: setUp?.config.approvers,
  };
}

async function refuseWork(): Promise<never> {
  throw new HoldpointError(
    "not_allowed",
    "This process does not go on with runs (--no-work). Use holdpoint resume where the run's agent is",
  );
}

/**
 * The program in a folder whose configuration nobody trusted: it lists, shows and decides, and
 * whatever would start or go on with a run is refused. Agents of a module do not run either: the
 * rules of the configuration would hold for them.
 */
async function createIdleApp(options: AppOptions): Promise<App> {
  const service = await createDeskService(options);
  const refuse = (): Promise<never> => {
    const now = configChoice(options);
    if (now.type === "untrusted") return Promise.reject(untrustedConfig(now));
    const message = "The configuration is trusted now: start this server again";
    return Promise.reject(new HoldpointError("not_allowed", message));
  };
  const choice = configChoice(options);
  return {
    service: { ...service, start: refuse, resume: refuse, recover: () => {} },
    warmUp: () => {},
    onProgress: () => () => {},
    notes: [
      `runs are kept in ${service.location}`,
      ...(choice.type === "untrusted" ? [untrustedConfig(choice).message] : []),
    ],
    trust: createTrustDesk(() => configChoice(options), {
      env: options.env,
      stateDirectory: stateDirectory(options.env),
    }),
  };
}

/** As `createApp`, for commands that have nothing to do where nothing may start. */
export async function createRunningApp(options: AppOptions): Promise<App> {
  const choice = configChoice(options);
  if (choice.type === "untrusted") throw untrustedConfig(choice);
  return createApp(options);
}

export function configChoice({
  configFile,
  noConfig,
  env,
}: Pick<AppOptions, "configFile" | "noConfig" | "env">): ConfigChoice {
  return chooseConfig({
    named: configFile,
    none: noConfig,
    env,
    stateDirectory: stateDirectory(env),
    userDirectory: userConfigDirectory({ platform: process.platform, env, home: homedir() }),
  });
}

async function closeBoth(
  service: RunService,
  source: ToolSource | undefined,
  graceMs?: number,
): Promise<void> {
  await service.close(graceMs);
  await source?.close();
}

/** A service that can list, show and decide, and runs nothing. */
export async function createDeskService(
  options: Pick<AppOptions, "store" | "configFile" | "noConfig" | "env" | "log">,
): Promise<RunService> {
  const { log } = options;
  const { store, sessions } = await openStore(deskStore(options), options);
  const registry = createAgentRegistry([], {});
  return createRunService({ store, registry, log, sessions, folders: allFolders });
}

/** The store of commands that look and decide; a configuration that nobody trusted names none. */
export function deskStore(
  options: Pick<AppOptions, "store" | "configFile" | "noConfig" | "env">,
): string | undefined {
  const { store, env } = options;
  const chosen = store ?? env["HOLDPOINT_STORE"];
  if (chosen !== undefined) return chosen;
  const choice = configChoice(options);
  if (choice.type !== "use") return undefined;
  return configuredStore(choice.file, { env, read: choice.read });
}

export function chooseStore(
  { store, env }: Pick<AppOptions, "store" | "env">,
  config: Config | undefined,
): string | undefined {
  return store ?? env["HOLDPOINT_STORE"] ?? config?.store;
}

async function loadModule(file: string | undefined): Promise<AgentEntry[]> {
  if (file === undefined) return [];
  const { loadAgents } = await import("./load-agents.ts");
  return loadAgents(file);
}

export async function loadSetUp(
  options: AppOptions,
  { module, choice }: { module: readonly AgentEntry[]; choice: ConfigChoice },
): Promise<SetUp | undefined> {
  if (choice.type === "untrusted") throw untrustedConfig(choice);
  if (choice.type === "none") return undefined;
  const { file, read, warning } = choice;
  if (warning !== undefined) options.log.warn(warning);
  const { createSetUp } = await import("./set-up.ts");
  const { env, log, face } = options;
  const chosen = options.store ?? env["HOLDPOINT_STORE"];
  return createSetUp(file, {
    face,
    env,
    log,
    module,
    agentsFile: options.agentsFile,
    read,
    storePath: (own) => storeFile(chosen ?? own, env),
  });
}

/**
 * What the configuration comes to, for commands that look at it; nothing is started.
 *
 * @throws HoldpointError `config_invalid`, also where there is no configuration
 */
export async function inspectSetUp(
  options: AppOptions,
): Promise<{ setUp: SetUp; module: AgentEntry[] }> {
  const choice = configChoice(options);
  if (choice.type === "untrusted") throw untrustedConfig(choice);
  const module = await loadModule(options.agentsFile);
  const setUp = await loadSetUp(options, { module, choice });
  if (setUp !== undefined) return { setUp, module };
  throw new HoldpointError(
    "config_invalid",
    "There is no configuration: name one with --config, or write one with holdpoint init",
  );
}

const RESERVED = new Set(["agents", "code", "config", "demo", "gateway"]);

/** Puts a name in place of the path that agents come from; the same on every machine. */
function nameSource(entries: readonly AgentEntry[], name: string | undefined): AgentEntry[] {
  if (name === undefined) return [...entries];
  if (!/^[\w.-]{1,60}$/.test(name) || RESERVED.has(name)) {
    throw new HoldpointError(
      "invalid_input",
      `--source must be a name of letters, digits, ".", "_" and "-", and none of ${[...RESERVED].join(", ")}`,
    );
  }
  return entries.map((entry) => ({
    ...entry,
    source: `${name}#${entry.agent.name}`,
    formerSource: entry.source,
  }));
}

/** The demo agent is there when nobody brought one. */
function chooseEntries(
  entries: AgentEntry[],
  env: Environment,
): { entries: AgentEntry[]; notes: string[] } {
  if (entries.length > 0) return { entries, notes: [] };
  const model = modelWithout(env);
  const agent = createDemoAgent(model);
  const notes = model === undefined ? [] : [offlineNote("the demo agent runs", env)];
  return { entries: [{ agent, source: `demo#${agent.name}` }], notes };
}
