import { readFileSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";

import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { toPath } from "../lib/paths.ts";
import { isStorePath } from "../lib/store-name.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import type { PolicyRule } from "../policy/policy.ts";
import { checkRoots } from "./guarded-roots.ts";
import { withoutComments } from "./json-comments.ts";
import { cannotRead, describeProblem, toProblems, type ConfigProblem } from "./problem.ts";
import { checkReferences } from "./references.ts";
import { configSchema, type ConfigAgent, type ConfigFile } from "./schema.ts";
import { substitute } from "./substitute.ts";
import type { ReadText } from "./trust.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration that is sound, its paths absolute. */
export interface Config extends Omit<ConfigFile, "agents" | "policy"> {
  /** Its real path. */
  readonly path: string;
  readonly directory: string;
  readonly agents: readonly ConfigAgent[];
  readonly policy: readonly PolicyRule[];
}

export interface LoadConfigOptions {
  env: Environment;
  /** Names of agents that come from elsewhere. */
  knownAgents?: readonly string[] | undefined;
  /** The file of the store that will be used, given what the configuration says of it. */
  storePath?: ((own: string | undefined) => string | undefined) | undefined;
  /** The module with agents from elsewhere. */
  agentsFile?: string | undefined;
  /** Gives the text of a file by its real path; where one was trusted, those very words. */
  read?: ReadText | undefined;
}

/**
 * Reads a configuration.
 *
 * @throws HoldpointError `config_invalid`, with everything that is wrong, one line each; values of
 * the file are not in it
 */
export function loadConfig(
  file: string,
  { env, knownAgents = [], storePath, agentsFile, read = readUtf8 }: LoadConfigOptions,
): Config {
  const raw = readFile(file, read);
  const { value, problems: unset } = substitute(raw, env);
  const parsed = configSchema().safeParse(value);
  const path = realpathSync(file);
  const directory = dirname(path);
  const found: ConfigProblem[] = [
    ...unset,
    ...toProblems(parsed.error?.issues ?? [], value),
    ...(isJsonObject(value) ? checkReferences(value, knownAgents) : []),
  ];
  const config = parsed.success ? withPaths(parsed.data, { path, directory }) : undefined;
  if (config !== undefined) {
    found.push(
      ...readInstructions(config, read),
      ...rootProblems(config, { storePath, agentsFile }),
    );
  }
  if (config !== undefined && found.length === 0) return config;
  throw invalid(file, found);
}

/**
 * The store that a file names; what else is wrong in it is looked past.
 *
 * @throws HoldpointError `config_invalid` where what it says of the store cannot be told: another
 * store would be looked at as if it were that one
 */
export function configuredStore(
  file: string,
  { env, read = readUtf8 }: Pick<LoadConfigOptions, "env" | "read">,
): string | undefined {
  const { store: named } = readFile(file, read);
  if (named === undefined) return undefined;
  const { value, problems } = substitute({ store: named }, env);
  const { data, error } = configSchema().pick({ store: true }).safeParse(value);
  const found = [...problems, ...toProblems(error?.issues ?? [], value)];
  if (data?.store === undefined || found.length > 0) throw invalid(file, found);
  return toStore(data.store, dirname(realpathSync(file)));
}

function toStore(store: string, directory: string): string {
  return isStorePath(store) ? toPath(directory, store) : store;
}

function rootProblems(
  config: Config,
  { storePath, agentsFile }: Pick<LoadConfigOptions, "storePath" | "agentsFile">,
): ConfigProblem[] {
  const store = storePath?.(config.store);
  const guarded = [{ path: config.path, what: "this file" }];
  if (store !== undefined) guarded.push({ path: store, what: "the store" });
  if (agentsFile !== undefined) {
    guarded.push({ path: resolve(agentsFile), what: "the module with agents" });
  }
  for (const { name, instructionsFile: file } of config.agents) {
    if (file === undefined) continue;
    const what = `the instructions of agent "${name}"`;
    guarded.push({ path: toPath(config.directory, file), what });
  }
  const directory = (name: string): string => config.mcpServers?.[name]?.cwd ?? config.directory;
  return checkRoots(config.mcpServers, { guarded, directory });
}

function readUtf8(path: string): string {
  return readFileSync(path, "utf8");
}

function readFile(file: string, read: ReadText): JsonObject {
  let text: string;
  try {
    text = read(realpathSync(file));
  } catch (error) {
    throw cannotRead(file, error);
  }
  try {
    const value = parseStrictJson(withoutComments(text));
    if (isJsonObject(value)) return value;
  } catch (error) {
    const why = errorMessage(error).replace("Cannot parse JSON: ", "");
    throw new HoldpointError("config_invalid", `Cannot read ${file}: it is not JSON: ${why}`);
  }
  throw new HoldpointError("config_invalid", `Cannot read ${file}: it must hold one object`);
}

function invalid(file: string, problems: readonly ConfigProblem[]): HoldpointError {
  const lines = [...new Set(problems.map((problem) => `  ${describeProblem(problem)}`))];
  const count = lines.length === 1 ? "one problem" : `${lines.length} problems`;
  return new HoldpointError("config_invalid", `${file} has ${count}:\n${lines.join("\n")}`);
}

function withPaths(
  file: ConfigFile,
  { path, directory }: { path: string; directory: string },
): Config {
  const { mcpServers = {}, agents = [], policy = [], store } = file;
  const servers = Object.entries(mcpServers).map(([name, server]) => {
    const cwd = server.cwd === undefined ? directory : toPath(directory, server.cwd);
    const { command } = server;
    const isRelative = command !== undefined && /^\.{1,2}[\\/]/.test(command);
    return [name, { ...server, cwd, ...(isRelative ? { command: resolve(cwd, command) } : {}) }];
  });
  return {
    ...file,
    path,
    directory,
    mcpServers: Object.fromEntries(servers) as NonNullable<ConfigFile["mcpServers"]>,
    agents,
    policy: policy.map((rule) => withFolders(rule, directory)),
    ...(store === undefined ? {} : { store: toStore(store, directory) }),
  };
}

/** Folders of a rule count from the file; arguments of a call from where its server is. */
function withFolders(rule: PolicyRule, directory: string): PolicyRule {
  const { arguments: args, paths } = rule;
  const conditions = Object.entries(args ?? {}).map(([name, condition]) => [
    name,
    absoluteParts(condition, directory),
  ]);
  return {
    ...rule,
    ...(args === undefined
      ? {}
      : { arguments: Object.fromEntries(conditions) as PolicyRule["arguments"] }),
    ...(paths === undefined ? {} : { paths: absoluteParts(paths, directory) }),
  };
}

type Folders = string | string[] | undefined;

function absoluteParts<T extends { under?: Folders; outside?: Folders }>(
  condition: T,
  directory: string,
): T {
  const { under, outside, ...rest } = condition;
  const absolute = (folders: string | string[]): string[] =>
    [folders].flat().map((folder) => toPath(directory, folder));
  return {
    ...rest,
    ...(under === undefined ? {} : { under: absolute(under) }),
    ...(outside === undefined ? {} : { outside: absolute(outside) }),
  } as T;
}

/** Puts the text of `instructionsFile` in its place. */
function readInstructions({ agents, directory }: Config, read: ReadText): ConfigProblem[] {
  return agents.flatMap((agent, index): ConfigProblem[] => {
    if (agent.instructionsFile === undefined) return [];
    try {
      agent.instructions = read(toPath(directory, agent.instructionsFile));
      return [];
    } catch (error) {
      if (error instanceof HoldpointError && error.code === "not_allowed") throw error;
      const path = ["agents", index, "instructionsFile"];
      return [{ path, message: "is a string that names no file which can be read" }];
    }
  });
}
