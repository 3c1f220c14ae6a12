import { homedir } from "node:os";
import { resolve } from "node:path";

import type { Session } from "./agent/session.ts";
import type { Log } from "./lib/log.ts";
import { createModelProvider, OFFLINE } from "./model-provider.ts";
import type { AgentEntry } from "./runs/agent-registry.ts";
import { createAgentRegistry } from "./runs/agent-registry.ts";
import { createRunService, type RunService } from "./runs/run-service.ts";
import type { RunStore } from "./runs/run-store.ts";
import { defaultStorePath } from "./stores/default-path.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export interface AppOptions {
  /** A path, or `memory`; default `HOLDPOINT_STORE`, else a file in the state directory. */
  store?: string | undefined;
  /** A module whose default export is an agent or a list of them; default: the demo agent. */
  agentsFile?: string | undefined;
  /** Whether models are asked to stream. */
  streamed?: boolean | undefined;
  env: Environment;
  log: Log;
}

export interface App {
  readonly service: RunService;
  /** What a person should know about how it was set up. */
  readonly notes: readonly string[];
}

/**
 * Puts the program together; drivers are loaded when they are used.
 *
 * @throws HoldpointError `config_invalid`, `store_unavailable`, `store_corrupt`
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { env, log } = options;
  const [opened, { entries, notes }] = await Promise.all([
    openStore(options.store ?? env["HOLDPOINT_STORE"], env),
    loadEntries(options),
  ]);
  const { store } = opened;
  const config = { modelProvider: createModelProvider(env) };
  const registry = createAgentRegistry(entries, config);
  const { sessions } = opened;
  const { streamed } = options;
  const service = createRunService({ store, registry, log, config, sessions, streamed });
  return { service, notes: [`runs are kept in ${store.location}`, ...notes] };
}

/** A service that can list, show and decide, and runs nothing. */
export async function createDeskService(
  options: Pick<AppOptions, "store" | "env" | "log">,
): Promise<RunService> {
  const { env, log } = options;
  const { store, sessions } = await openStore(options.store ?? env["HOLDPOINT_STORE"], env);
  return createRunService({ store, registry: createAgentRegistry([], {}), log, sessions });
}

/** Whether a choice of store is one that other processes cannot see. */
export function isMemoryStore(choice: string | undefined, env: Environment): boolean {
  return (choice ?? env["HOLDPOINT_STORE"]) === "memory";
}

/** Runs and conversations, kept in the same place. */
interface OpenedStore {
  store: RunStore;
  sessions: (sessionId: string) => Session;
}

async function openStore(choice: string | undefined, env: Environment): Promise<OpenedStore> {
  if (choice === "memory") {
    const [{ createMemoryRunStore }, { createMemorySessions }] = await Promise.all([
      import("./stores/memory.ts"),
      import("./sessions/memory.ts"),
    ]);
    return { store: createMemoryRunStore(), sessions: createMemorySessions() };
  }
  const { openSqliteRunStore } = await import("./stores/sqlite.ts");
  const home = homedir();
  const path = resolve(choice ?? defaultStorePath({ platform: process.platform, env, home }));
  const { createMemorySessions } = await import("./sessions/memory.ts");
  const store = await openSqliteRunStore({ path });
  return { store, sessions: createMemorySessions() };
}

async function loadEntries({ agentsFile, env }: AppOptions): Promise<{
  entries: AgentEntry[];
  notes: string[];
}> {
  if (agentsFile !== undefined) {
    const { loadAgents } = await import("./load-agents.ts");
    return { entries: await loadAgents(agentsFile), notes: [] };
  }
  const { createDemoAgent } = await import("./demo-agent.ts");
  const hasModel = env["OPENAI_API_KEY"] !== undefined || env["HOLDPOINT_MODEL"] !== undefined;
  const agent = createDemoAgent(hasModel ? undefined : OFFLINE);
  const notes = hasModel
    ? []
    : ["no OPENAI_API_KEY: the demo agent runs offline, without a language model"];
  return { entries: [{ agent, source: `demo#${agent.name}` }], notes };
}
