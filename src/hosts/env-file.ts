import { isAbsolute, win32 } from "node:path";
import { parseEnv } from "node:util";

import { isJsonObject, type JsonValue } from "../lib/json.ts";
import type { Surroundings } from "../lib/paths.ts";

/** Where files of environments are found, and what they say. */
export interface EnvFiles extends Surroundings {
  /** @throws where it cannot be read */
  read(file: string): string;
}

/**
 * A server with what is in its `envFile`, as VS Code and Cursor read it: what stands in `env` is put
 * over it. Or why the server has to stay where it is.
 */
export function withEnvFile(
  server: JsonValue,
  files: EnvFiles,
): { readonly server: JsonValue } | { readonly stays: string } {
  if (!isJsonObject(server) || typeof server["envFile"] !== "string") return { server };
  const { envFile, env, ...rest } = server;
  const file = inPlace(envFile, files);
  // What counts from the folder of a host is told with the rest of such servers.
  if (file.includes("${workspaceFolder")) return { server };
  if (!(files.platform === "win32" ? win32.isAbsolute : isAbsolute)(file)) {
    return { stays: `its environment is in a file without a whole path, ${envFile}: ${REMEDY}` };
  }
  const read = readValues(file, files);
  if (typeof read === "string") {
    return { stays: `its environment is in a file, ${envFile}, ${read}: ${REMEDY}` };
  }
  return { server: { ...rest, env: { ...read, ...(isJsonObject(env) ? env : {}) } } };
}

const REMEDY = `write its whole path, or put what it needs into "env", and connect again`;

function inPlace(envFile: string, { env, home }: EnvFiles): string {
  return envFile
    .replace(/^~(?=[\\/])/, () => home)
    .replaceAll("${userHome}", () => home)
    .replaceAll(/\$\{env:(\w+)\}/g, (whole, name: string) => env[name] ?? whole);
}

/** What it says, or why it cannot be used; a value is never quoted. */
function readValues(file: string, { read }: EnvFiles): Record<string, string> | string {
  let text: string;
  try {
    text = read(file);
  } catch (error) {
    const { code } = error as { code?: unknown };
    return code === "ENOENT" ? "that is not there" : "that cannot be read";
  }
  const values = Object.entries(parseEnv(text)).filter((each): each is [string, string] => {
    return each[1] !== undefined;
  });
  const [wanting] = values.find(([, value]) => value.includes("${")) ?? [];
  if (wanting !== undefined) return `whose ${wanting} has a "\${", which stands for something here`;
  return Object.fromEntries(values);
}
