import { realpathSync } from "node:fs";
import { registerHooks } from "node:module";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { isAgent, type AnyAgent } from "../agents/agent.ts";
import { errorMessage, HoldpointError, errorCode } from "../lib/errors.ts";
import { ownModule } from "../lib/own-files.ts";
import type { AgentEntry, CreateContext } from "../runs/agent-registry.ts";

/**
 * Loads the agents of a module: TypeScript or JavaScript, default export one `Agent` or an array.
 * What it exports as `createContext` makes the contexts of their runs.
 *
 * @throws HoldpointError `config_invalid`, in one line
 */
export async function loadAgents(file: string): Promise<AgentEntry[]> {
  const path = realPath(file);
  mapOwnPackages();
  let module: AgentsModule;
  try {
    module = (await import(pathToFileURL(path).href)) as AgentsModule;
  } catch (error) {
    throw cannotLoad(file, explain(error), error);
  }
  const exported = module.default;
  const agents: unknown[] = Array.isArray(exported) ? exported : [exported];
  if (agents.length === 0 || !agents.every((agent) => isAgent(agent))) {
    throw cannotLoad(file, "its default export must be an Agent, or an array of Agents");
  }
  const { createContext } = module;
  if (createContext !== undefined && typeof createContext !== "function") {
    throw cannotLoad(file, "what it exports as createContext must be a function");
  }
  const made = createContext as CreateContext | undefined;
  return toEntries(file, path, { agents, createContext: made });
}

interface AgentsModule {
  default?: unknown;
  createContext?: unknown;
}

function toEntries(
  file: string,
  path: string,
  { agents, createContext }: { agents: AnyAgent[]; createContext: CreateContext | undefined },
): AgentEntry[] {
  const seen = new Set<string>();
  return agents.map((agent) => {
    if (seen.has(agent.name)) throw cannotLoad(file, `two agents are named "${agent.name}"`);
    seen.add(agent.name);
    return { agent, source: `agents:${path}#${agent.name}`, createContext };
  });
}

function realPath(file: string): string {
  try {
    return realpathSync(resolve(file));
  } catch (error) {
    throw cannotLoad(file, "there is no such file", error);
  }
}

let mapped = false;

/**
 * A file outside this package finds no `holdpoint` and `zod`, or copies of its own: the one name
 * means what is running here, the other (and its entry points) the `zod` this package depends on.
 */
function mapOwnPackages(): void {
  if (mapped) return;
  mapped = true;
  const own = new Map([
    ["holdpoint", ownModule("index").href],
    ["holdpoint/ai-sdk", ownModule("ai-sdk").href],
    ["holdpoint/testing", ownModule("testing").href],
  ]);
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier === "zod" || specifier.startsWith("zod/")) {
        return nextResolve(specifier, { ...context, parentURL: import.meta.url });
      }
      const url = own.get(specifier);
      return url === undefined ? nextResolve(specifier, context) : { url, shortCircuit: true };
    },
  });
}

function cannotLoad(file: string, why: string, cause?: unknown): HoldpointError {
  return new HoldpointError("config_invalid", `Cannot load agents from ${file}: ${why}`, { cause });
}

/** The usual reasons in words; anything else in its own. */
function explain(error: unknown): string {
  const message = errorMessage(error).split("\n")[0] ?? "";
  switch (errorCode(error)) {
    case "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX":
      return `${message}. Node runs TypeScript by leaving types out: no enums, namespaces or parameter properties`;
    case "ERR_MODULE_NOT_FOUND":
      return message.includes("Cannot find package")
        ? `${message}. Install it beside the file`
        : `${message}. Imports of files need their ending, such as "./tools.ts"`;
    default:
      return message;
  }
}
