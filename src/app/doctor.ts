import { existsSync, mkdtempSync, rmdirSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

import { Agent } from "../agents/agent.ts";
import { run } from "../agents/face/run.ts";
import { configChoice, createDeskService, deskStore, type AppOptions } from "./app.ts";
import { untrustedConfig } from "../config/choose-config.ts";
import type { Config } from "../config/load-config.ts";
import { explainFailure, hearServers } from "./hear-servers.ts";
import { lookAtHost, type OwnEntry } from "../hosts/look-at-host.ts";
import { hostFiles, type HostFile } from "../hosts/host-files.ts";
import type { Surroundings } from "../lib/paths.ts";
import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { isSharedStore, isStorePath } from "../lib/store-name.ts";
import { createModelProvider, defaultModelName, modelWithout, OFFLINE } from "./model-provider.ts";
import { keysAtHand } from "../models/providers.ts";
import { storeFile } from "./open-store.ts";
import { createSetUp } from "./set-up.ts";

/** One thing that was looked at. */
export interface Finding {
  part: "node" | "store" | "configuration" | "models" | "servers" | "hosts";
  state: "ok" | "note" | "broken";
  text: string;
  /** What to do about it. */
  remedy?: string | undefined;
}

export interface DoctorOptions extends Pick<
  AppOptions,
  "store" | "configFile" | "noConfig" | "env" | "log"
> {
  surroundings: Surroundings;
  /** Whether each model is called once. */
  calls: boolean;
}

/** Looks at all that Holdpoint needs; starts the configured servers, and ends them. */
export async function* examine(options: DoctorOptions): AsyncGenerator<Finding> {
  yield { part: "node", state: "ok", text: `Node ${process.versions.node} (${process.execPath})` };
  yield await examineStore(options);
  const choice = configChoice(options);
  const own = choice.type === "use" ? choice.file : undefined;
  if (choice.type === "none") {
    yield {
      part: "configuration",
      state: "ok",
      text: "none in this directory, and none was named",
    };
  } else if (choice.type === "untrusted") {
    yield { part: "configuration", state: "broken", text: untrustedConfig(choice).message };
  } else if (choice.warning !== undefined) {
    yield { part: "configuration", state: "note", text: choice.warning };
  }
  const hosts = hostFiles(options.surroundings).filter(({ file }) => existsSync(file));
  const looked = hosts.map((host) => examineHost(host));
  const entries = looked.flatMap((each) => each.entries);
  const files = new Map<string, Readonly<Record<string, string>>>();
  if (own !== undefined) files.set(own, {});
  for (const { words, env } of entries) {
    const config = words[words.indexOf("--config") + 1];
    if (words.includes("--config") && config !== undefined) {
      files.set(config, { ...files.get(config), ...env });
    }
  }
  const agents: Config[] = [];
  for (const [file, env] of files) yield* examineConfig(file, { options, env, agents });
  yield* examineModels(options, agents);
  for (const { findings } of looked) yield* findings;
  if (hosts.length === 0)
    yield { part: "hosts", state: "note", text: "no host that is known was found here" };
}

async function examineStore(options: DoctorOptions): Promise<Finding> {
  const part = "store";
  try {
    const chosen = deskStore(options);
    const path = storeFile(chosen, options.env);
    if (!isSharedStore(chosen))
      return { part, state: "note", text: "memory: gone when the server ends" };
    if (
      path !== undefined &&
      isStorePath(chosen) &&
      !chosen?.includes("://") &&
      !existsSync(path)
    ) {
      // Nothing says beforehand whether a folder takes one: /proc may be written to, and takes none.
      rmdirSync(mkdtempSync(join(nearestFolder(path), ".holdpoint-")));
      return { part, state: "ok", text: `${path} will be made by the first run` };
    }
    const service = await createDeskService(options);
    const { count } = await service.pending({ limit: 1 });
    await service.close();
    return {
      part,
      state: "ok",
      text: `${service.location}, where ${count === 1 ? "one call waits" : `${count} calls wait`} for a decision`,
    };
  } catch (error) {
    if (error instanceof HoldpointError && error.code === "config_invalid") {
      return { part, state: "note", text: "not looked at: the configuration may name another" };
    }
    const remedy = "holdpoint audit says what does not fit; --store names another";
    return { part, state: "broken", text: errorMessage(error), remedy };
  }
}

function nearestFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** A configuration, and the servers in it. */
async function* examineConfig(
  file: string,
  {
    options,
    env,
    agents,
  }: { options: DoctorOptions; env: Record<string, string>; agents: Config[] },
): AsyncGenerator<Finding> {
  const hearing = hearServers(options.log);
  const given = { ...options.env, ...env };
  try {
    const choice = configChoice(options);
    const { config, source } = createSetUp(file, {
      env: given,
      log: hearing.log,
      module: [],
      read: choice.type === "use" && choice.file === file ? choice.read : undefined,
      storePath: () => storeFile(deskStore(options), options.env),
    });
    agents.push(config);
    yield { part: "configuration", state: "ok", text: `${config.path} is valid` };
    try {
      const servers = await source.survey();
      hearing.warn(servers);
      for (const { name, tools, problem } of servers) {
        if (problem === undefined) {
          yield { part: "servers", state: "ok", text: `${name}: ${tools.length} tools` };
          continue;
        }
        const spec = config.mcpServers?.[name];
        const words = hearing.lastWords(name);
        const { text, remedy } = explainFailure(problem, { spec, words, env: given });
        const off = `, or set "disabled": true in ${config.path}`;
        yield {
          part: "servers",
          state: "broken",
          text: `${name}: ${text}`,
          remedy: `${remedy}${off}`,
        };
      }
    } finally {
      await source.close();
    }
  } catch (error) {
    const remedy = `mend ${file}, and see what it allows then: holdpoint check --config ${file}`;
    yield { part: "configuration", state: "broken", text: errorMessage(error), remedy };
  }
}

async function* examineModels(
  { env, calls }: DoctorOptions,
  configs: readonly Config[],
): AsyncGenerator<Finding> {
  const offline = modelWithout(env) !== undefined;
  const others = keysAtHand(env).map(({ variable, example }) => `${example} (${variable} is set)`);
  yield offline
    ? {
        part: "models",
        state: "note",
        text: `agents that name none run ${OFFLINE}, which is no language model: there is no OPENAI_API_KEY and no HOLDPOINT_MODEL`,
        remedy: others.length > 0 ? `HOLDPOINT_MODEL=${others.join(", or ")}` : undefined,
      }
    : { part: "models", state: "ok", text: `agents that name none run ${defaultModelName(env)}` };
  const names = configs.flatMap(({ agents, providers }) =>
    agents.flatMap(({ model }) => (model === undefined ? [] : [{ model, providers }])),
  );
  const all = [
    ...names,
    ...(offline ? [] : [{ model: defaultModelName(env), providers: undefined }]),
  ];
  const asked = new Map(all.map((each) => [each.model, each]));
  for (const { model, providers } of asked.values()) {
    const provider = createModelProvider(env, providers);
    try {
      await provider.getModel(model);
      const text = `${model} has what it needs`;
      if (!calls) yield { part: "models", state: "ok", text: `${text} (--call asks it)` };
      else {
        await run(new Agent({ name: "Doctor", model: await provider.getModel(model) }), "Say ok.", {
          maxTurns: 1,
        });
        yield { part: "models", state: "ok", text: `${model} answers` };
      }
    } catch (error) {
      yield { part: "models", state: "broken", text: errorMessage(error) };
    }
  }
}

function examineHost(host: HostFile): { findings: Finding[]; entries: OwnEntry[] } {
  const { label, file } = host;
  try {
    const { ours, others } = lookAtHost(host);
    if (ours.length === 0) {
      const text = `${label} does not know Holdpoint, and starts ${countServers(others)} itself`;
      const remedy = others > 0 ? `holdpoint connect ${host.id}` : undefined;
      return { findings: [{ part: "hosts", state: "note", text, remedy }], entries: [] };
    }
    const findings = ours.map(({ name, directory, words }): Finding => {
      const where = directory === undefined ? "" : ` in ${directory}`;
      const gone = words.find((word) => isAbsolute(word) && !existsSync(word));
      if (gone !== undefined) {
        const text = `${label} starts ${name}${where} with ${gone}, which is not there`;
        return {
          part: "hosts",
          state: "broken",
          text,
          remedy: `holdpoint connect ${host.id}, or mend ${file}`,
        };
      }
      const past = others === 0 ? "" : `, and past it ${countServers(others)}`;
      return { part: "hosts", state: "ok", text: `${label} starts ${name}${where}${past}` };
    });
    return { findings, entries: ours };
  } catch (error) {
    return {
      findings: [{ part: "hosts", state: "broken", text: `${label}: ${errorMessage(error)}` }],
      entries: [],
    };
  }
}

function countServers(count: number): string {
  if (count === 0) return "no servers";
  return count === 1 ? "one server" : `${count} servers`;
}
