import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import type { Readable } from "../config/trust.ts";
import { withoutComments } from "../config/json-comments.ts";
import { visibleLine } from "../runs/shown-text.ts";

const reference = /\$\{(?:env:)?([A-Za-z_]\w*)/g;

/**
 * What somebody who trusts a configuration lets it do, in lines: what it starts, what it puts in from
 * the environment, who decides. Values of headers and of `env`
 * are not in it. Nothing is put in or run.
 */
export function summarizeConfig({ text, files }: Readable): string[] {
  const value = parseStrictJson(withoutComments(text));
  if (!isJsonObject(value)) return ["it holds no object: nothing in it will be obeyed"];
  const names = [...new Set([...text.matchAll(reference)].map(([, name = ""]) => name))];
  const { policy, agents, approvers, store } = value;
  const rules = list(policy);
  const free = rules.filter((rule) => rule["verdict"] === "allow");
  return [
    ...servers(value["mcpServers"]),
    `puts in from the environment: ${names.join(", ") || "nothing"}`,
    `who decides: ${approvers === undefined ? "client (the default)" : JSON.stringify(approvers)}`,
    `rules: ${rules.length}, of which ${free.length} let calls run unasked`,
    ...free.map((rule) => `  ${JSON.stringify(rule)}`),
    `agents: ${
      list(agents)
        .map((agent) => JSON.stringify(agent["name"] ?? ""))
        .join(", ") || "one for all servers"
    }`,
    ...[...files.keys()].map((file) => `instructions from ${file}`),
    ...(store === undefined ? [] : [`runs are kept in ${JSON.stringify(store)}`]),
  ].map((line) => visibleLine(line));
}

function servers(value: JsonValue | undefined): string[] {
  if (!isJsonObject(value)) return ["starts no server"];
  return Object.entries(value).flatMap(([name, server]) => {
    if (!isJsonObject(server)) return [];
    const { command, args, url, cwd, env, headers, trusted } = server;
    const given = [env, headers].flatMap((each) => (isJsonObject(each) ? Object.keys(each) : []));
    const words = [command, ...(Array.isArray(args) ? args : [])].map((word) =>
      typeof word === "string" ? word : JSON.stringify(word),
    );
    return [
      url === undefined
        ? `server "${name}" starts: ${words.join(" ")}`
        : `server "${name}" is reached at ${JSON.stringify(url)}`,
      ...(cwd === undefined ? [] : [`  in ${JSON.stringify(cwd)}`]),
      ...(given.length === 0 ? [] : [`  given values for: ${given.join(", ")}`]),
      ...(trusted === true ? ["  trusted: what it calls read-only runs unasked"] : []),
    ];
  });
}

function list(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((each) => isJsonObject(each)) : [];
}
