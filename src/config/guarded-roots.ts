import { realpathSync, statSync } from "node:fs";
import { relative, resolve } from "node:path";

import { contains } from "../lib/paths.ts";
import type { ConfigProblem } from "./problem.ts";
import type { ConfigFile, ConfigServer } from "./schema.ts";

/** What a server of files must not reach: with it, an agent could approve its own calls. */
export interface GuardedRoot {
  path: string;
  what: string;
}

/**
 * Finds servers that are given a directory which holds something guarded: as an argument, as the
 * value of an option, as what is mounted, or as the base of paths. What the server is called says
 * nothing; options of what starts it, and those of logs, caches and the like, do not count.
 *
 * @param directory from which the arguments of a server count
 */
export function checkRoots(
  servers: ConfigFile["mcpServers"],
  {
    guarded,
    directory,
  }: { guarded: readonly GuardedRoot[]; directory: (server: string) => string },
): ConfigProblem[] {
  const places = guarded.map((each) => ({ ...each, path: realPlace(each.path) }));
  return Object.entries(servers ?? {}).flatMap(([name, server]) => {
    if (server.disabled === true) return [];
    return rootsOf(server).flatMap(({ text, path }): ConfigProblem[] => {
      const root = toDirectory(resolve(directory(name), text));
      const inside = places.filter((each) => root !== undefined && contains(root, each.path));
      return inside.map(({ what }) => ({
        path: ["mcpServers", name, ...path],
        message: `is a directory that contains ${what}: an agent could rewrite it. Give a directory below, or move ${what} elsewhere`,
      }));
    });
  });
}

interface Root {
  text: string;
  /** Where it stands in the server. */
  path: readonly PropertyKey[];
}

/** Options whose values say where a server keeps something of its own, not what it works on. */
const KEPT =
  /^--?(?:.*-)?(?:log|logs|cache|config|data|db|database|state|tmp|temp|cert|key)(?:-.*)?$/i;
/** Options of what starts a server: where that lies, not where it works. */
const STARTER = /^(?:--(?:prefix|project|import|require|loader|config|env-file)|-[crm])$/;
const STARTERS =
  /(?:^|[\\/])(?:uvx?|npx|npm|pnpm|yarn|bunx?|node|deno|python[\d.]*)(?:\.exe|\.cmd)?$/i;

function rootsOf({ command = "", args = [], paths }: ConfigServer): Root[] {
  const given = args.flatMap((arg, index): Root[] => {
    const path = ["args", index];
    const [, name, value] = /^(--?[\w-]+)=(.*)$/s.exec(arg) ?? [];
    const option = name ?? args[index - 1] ?? "";
    const isStarter =
      STARTER.test(option) || (option === "--directory" && STARTERS.test(command) && index < 2);
    if (isStarter || (arg.startsWith("-") && value === undefined)) return [];
    const text = value ?? arg;
    if (KEPT.test(option)) return [];
    return mounted(text, option).map((each) => ({ text: each, path }));
  });
  const base = paths?.on === "elsewhere" ? undefined : paths?.base;
  const mounts = Object.entries(paths?.mounts ?? {});
  return [
    ...given,
    ...(base === undefined ? [] : [{ text: base, path: ["paths", "base"] }]),
    ...mounts.map(([there, text]) => ({ text, path: ["paths", "mounts", there] })),
  ];
}

/** The places of ours in a value: the source of what is mounted, or the value itself. */
function mounted(text: string, option: string): string[] {
  if (option === "--mount") {
    return [...text.matchAll(/(?:^|,)(?:src|source)=([^,]*)/g)].map(([, source = ""]) => source);
  }
  if (option === "-v" || option === "--volume") return [text.replace(/(?<!^[A-Za-z]):.*$/s, "")];
  return text.includes(",") ? [text, ...text.split(",")] : [text];
}

function toDirectory(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}

/** Where a file is, or will be, symbolic links followed as far as there are any. */
function realPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = resolve(path, "..");
    return parent === path ? path : resolve(realPlace(parent), relative(parent, path));
  }
}
