import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterEach } from "vitest";

import { Agent, type AnyAgent } from "../../src/agents/agent.ts";
import type { ToolProvider } from "../../src/agents/tool-provider.ts";
import { createBorrowedPolicy } from "../../src/app/borrowed-policy.ts";
import type { ServerSpec } from "../../src/downstream/server-spec.ts";
import type { ToolLedger } from "../../src/downstream/tool-ledger.ts";
import { createToolSource, type ToolSource } from "../../src/downstream/tool-source.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import {
  call,
  createScriptedModel,
  message,
  type ScriptedModel,
} from "../../src/models/scripted.ts";
import type { PolicyRule } from "../../src/policy/policy.ts";
import type { PathDeclaration } from "../../src/policy/path-declaration.ts";
import { createPathResolver } from "../../src/policy/real-path.ts";
import { createServerPaths } from "../../src/policy/server-paths.ts";
import { fickleServer } from "./foreign-server.ts";

/** Calls that a model makes, one a turn; then it says `done`. */
export type Wanted = [tool: string, args?: JsonObject][];

export interface Borrowed {
  readonly source: ToolSource;
  readonly provider: ToolProvider;
  /** What was logged. */
  readonly log: string[];
  agent(wanted: Wanted): { agent: AnyAgent; model: ScriptedModel };
}

export interface BorrowOptions {
  servers: Record<string, ServerSpec>;
  rules?: readonly PolicyRule[];
  ledger?: ToolLedger;
  firstWaitMs?: number;
  /** From which paths count. */
  folder?: string;
  paths?: Record<string, PathDeclaration>;
}

/** Borrows tools for a test, and ends the servers after it. */
export function useBorrowed(): (options: BorrowOptions) => Borrowed {
  const sources: ToolSource[] = [];
  afterEach(async () => {
    await Promise.all(sources.splice(0).map((source) => source.close()));
  });
  return ({ servers, rules = [], folder = "/", paths = {}, ...rest }) => {
    const log: string[] = [];
    const source = createToolSource({
      servers,
      policy: createBorrowedPolicy(rules, {
        pathsOf: (name) =>
          createServerPaths(
            { cwd: folder, ...servers[name] },
            { declared: paths[name], directory: folder },
          ),
        resolvePath: createPathResolver(folder),
      }),
      log: { info: (line) => void log.push(line), warn: (line) => void log.push(line) },
      version: "1.0.0",
      ...rest,
    });
    sources.push(source);
    const provider = source.provider();
    return {
      source,
      provider,
      log,
      agent(wanted) {
        const turns = wanted.map(([name, args = {}]) => [call(name, args)]);
        const model = createScriptedModel([...turns, [message("done")]]);
        const options = { name: "A", model, toolProviders: [provider] };
        return { agent: new Agent(options), model };
      },
    };
  };
}

export interface FickleTool {
  name: string;
  description: string;
  annotations?: Record<string, boolean>;
}

/** A server whose tools the test says, and what calls of them did. */
export interface Fickle {
  readonly spec: ServerSpec;
  set(state: { tools: FickleTool[]; dies?: string }): Promise<void>;
  effects(): Promise<string[]>;
}

export async function createFickle(directory: string): Promise<Fickle> {
  const stateFile = join(directory, "state.json");
  const effects = join(directory, "effects.txt");
  await writeFile(effects, "");
  return {
    spec: fickleServer(stateFile),
    set: (state) => writeFile(stateFile, JSON.stringify({ ...state, effects })),
    effects: async () =>
      (await readFile(effects, "utf8")).split("\n").filter((line) => line !== ""),
  };
}
