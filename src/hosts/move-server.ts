import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { looksSecret, namesSecret } from "../lib/secret-words.ts";

/** A server of a host as Holdpoint's configuration has it, or why it has to stay where it is. */
export type Moved =
  | {
      readonly server: JsonObject;
      /** Values for the host's environment of Holdpoint, by the names that stand in `server`. */
      readonly given: Readonly<Record<string, string>>;
    }
  | { readonly stays: string };

/**
 * Takes a server out of a host: secrets become `${NAME:-}`, and are given by name; what a host alone
 * can put in, stays there.
 *
 * @param taken names that have other values already
 */
export function moveServer(
  name: string,
  server: JsonValue,
  taken: Readonly<Record<string, string>>,
): Moved {
  if (!isJsonObject(server)) return { stays: "it is no object" };
  const { type, enabled, disabled } = server;
  if (type === "sse") {
    return {
      stays:
        "it is reached over SSE, which Holdpoint does not speak: many such servers have an address for streamable HTTP as well, which can stand here instead",
    };
  }
  if (JSON.stringify(server).includes("${workspaceFolder")) {
    return {
      stays:
        "it counts from the folder that the host has open, which Holdpoint cannot know: write the folder's path, and connect again",
    };
  }
  if (server["command"] === undefined && server["url"] === undefined) {
    return { stays: "it has neither a command nor an address" };
  }
  const given: Record<string, string> = {};
  const vault = createVault(name, { taken, given });
  const moved = {
    ...withoutCodex(server),
    ...withPart(server, "env", (env) => inEnv(env, vault)),
    ...headersOf(server, vault),
    ...(Array.isArray(server["args"]) ? { args: inArguments(server["args"], vault) } : {}),
    ...(enabled === false || disabled === true ? { disabled: true } : {}),
  };
  return { server: withReferences(moved, given) as JsonObject, given };
}

interface Vault {
  /** What stands in the configuration for a secret that was called this. */
  keep(wanted: string, value: string): string;
}

function createVault(
  server: string,
  { taken, given }: { taken: Readonly<Record<string, string>>; given: Record<string, string> },
): Vault {
  const isFree = (name: string, value: string): boolean =>
    [taken[name], given[name]].every((other) => other === undefined || other === value);
  return {
    keep(wanted, value) {
      if (value.includes("${")) return value;
      const plain = toVariable(wanted);
      let name = isFree(plain, value) ? plain : toVariable(`${server}_${wanted}`);
      for (let count = 2; !isFree(name, value); count += 1) {
        name = toVariable(`${server}_${wanted}_${count}`);
      }
      given[name] = value;
      return `\${${name}:-}`;
    },
  };
}

function toVariable(text: string): string {
  const name = text
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "");
  return /^\d/.test(name) ? `_${name}` : name;
}

function inEnv(env: JsonObject, vault: Vault): JsonObject {
  return mapTexts(env, (name, value) =>
    namesSecret(name) || looksSecret(value) ? vault.keep(name, value) : value,
  );
}

/** Codex has its headers under other names, and some in the environment. */
function headersOf(server: JsonObject, vault: Vault): JsonObject {
  const {
    headers,
    http_headers: codex,
    env_http_headers: named,
    bearer_token_env_var: bearer,
  } = server;
  const all = {
    ...(isJsonObject(headers) ? headers : {}),
    ...(isJsonObject(codex) ? codex : {}),
    ...mapTexts(isJsonObject(named) ? named : {}, (_name, variable) => `\${${variable}:-}`),
    ...(typeof bearer === "string" ? { Authorization: `Bearer \${${bearer}:-}` } : {}),
  };
  if (Object.keys(all).length === 0) return {};
  const kept = mapTexts(all, (name, value) => {
    // Of `Bearer abc` the second word is the secret.
    const [, scheme = "", secret = value] = /^(Bearer |Basic |token )(.+)$/i.exec(value) ?? [];
    return namesSecret(name) || looksSecret(secret) ? scheme + vault.keep(name, secret) : value;
  });
  return { headers: kept };
}

function inArguments(args: readonly JsonValue[], vault: Vault): JsonValue[] {
  return args.map((arg, index) => {
    if (typeof arg !== "string") return arg;
    const [, name = "", value] = /^(-{0,2}[\w-]+=)(.+)$/s.exec(arg) ?? [];
    if (value !== undefined && (namesSecret(name) || looksSecret(value))) {
      return name + vault.keep(name, value);
    }
    const before = args[index - 1];
    const option = typeof before === "string" && /^--?[\w-]+$/.test(before) ? before : "";
    const isNamed = namesSecret(option) && !arg.startsWith("-");
    return isNamed || looksSecret(arg) ? vault.keep(isNamed ? option : "token", arg) : arg;
  });
}

/** What Codex calls otherwise, or is its own business. */
function withoutCodex(server: JsonObject): JsonObject {
  const others = [
    "http_headers",
    "env_http_headers",
    "bearer_token_env_var",
    "enabled",
    "required",
    "startup_timeout_sec",
    "startup_timeout_ms",
    "tool_timeout_sec",
    "enabled_tools",
    "disabled_tools",
    "env_vars",
  ];
  return Object.fromEntries(Object.entries(server).filter(([name]) => !others.includes(name)));
}

/**
 * `${input:id}`, which VS Code asks for, and variables of the host's environment become variables
 * that may be missing: another host that starts Holdpoint has them perhaps not.
 */
function withReferences(value: JsonValue, given: Record<string, string>): JsonValue {
  if (typeof value === "string") {
    return value
      .replaceAll(/\$\{input:([^}]+)\}/g, (whole, id: string) => {
        const name = toVariable(id);
        given[name] = whole;
        return `\${${name}:-}`;
      })
      .replaceAll(/\$\{(?:env:)?([A-Za-z_]\w*)\}/g, (_whole, name: string) => `\${${name}:-}`);
  }
  if (Array.isArray(value)) return value.map((each) => withReferences(each, given));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, withReferences(each, given)]),
  );
}

function withPart(
  server: JsonObject,
  key: string,
  change: (part: JsonObject) => JsonObject,
): JsonObject {
  const part = server[key];
  return isJsonObject(part) ? { [key]: change(part) } : {};
}

function mapTexts(part: JsonObject, change: (name: string, value: string) => string): JsonObject {
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [
      name,
      typeof value === "string" ? change(name, value) : value,
    ]),
  );
}
