import type { Config } from "../config/load-config.ts";
import type { BorrowedServer } from "../downstream/tool-source.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { pathNames, speaksOfPaths } from "../policy/evaluate.ts";
import { realPath } from "../policy/real-path.ts";
import { serverPaths } from "./set-up.ts";

/** What rules for paths can go by at a server which they speak of. */
export interface PathReport {
  server: string;
  /** From which relative paths count. */
  base: string;
  /** Whether the server names that folder itself; `undefined` where it names none. */
  proved: boolean | undefined;
  /** The base lies in none of the folders that the server names. */
  problem?: string;
  /** By tool, the arguments that seem to be paths and are declared nowhere. */
  undeclared: Record<string, string[]>;
}

/** @param told what a server says of its folders */
export function reportPaths(
  { name: server, tools }: Pick<BorrowedServer, "name" | "tools">,
  { config, told }: { config: Config; told: string | undefined },
): PathReport | undefined {
  const { policy } = config;
  if (!policy.some((rule) => speaksOfPaths(rule, server))) return undefined;
  const paths = serverPaths(config, server);
  const undeclared = tools.flatMap(({ definition }): [string, string[]][] => {
    const { name: tool, parameters } = definition;
    const named = pathNames(policy, { server, tool });
    const declared = paths.argumentsOf(tool);
    const seeming = [...new Set([...named.filter((each) => each !== "*"), ...guess(parameters)])];
    if (named.length === 0) return [];
    if (declared === undefined) return [[tool, seeming.map((each) => `$.${each}`)]];
    const known = new Set(declared.map(({ at }) => at.replaceAll("[*]", "")));
    const missing = named.filter((each) => each !== "*" && !known.has(`$.${each}`));
    const there = missing.filter((each) => isJsonObject(propertiesOf(parameters)[each]));
    return there.length === 0 ? [] : [[tool, there.map((each) => `$.${each}`)]];
  });
  const report: PathReport = {
    server,
    base: paths.base,
    proved: undefined,
    undeclared: Object.fromEntries(undeclared),
  };
  return paths.on === "here" ? { ...report, ...prove(paths.base, told) } : report;
}

/** Holds the base against the folders in what a server says. */
function prove(base: string, told: string | undefined): Pick<PathReport, "proved" | "problem"> {
  const folders = [...(told ?? "").matchAll(/(?:^|["\s])((?:\/|[A-Za-z]:[\\/])[^"\n]*)/g)];
  const real = folders.map(([, folder = ""]) => realPath(folder.trim()) ?? folder);
  if (real.length === 0) return { proved: undefined };
  const place = realPath(base) ?? base;
  if (real.includes(place)) return { proved: true };
  if (real.some((folder) => place.startsWith(folder))) return { proved: false };
  const problem = `relative paths count from ${base} here, and the server's folders are ${real.join(", ")}: say which with paths.base`;
  return { proved: false, problem };
}

const PATH_NAME =
  /(?:^|_|(?<=[a-z])(?=[PFD]))(?:path|paths|file|files|filename|filenames|dir|directory|folder|source|src|destination|dest|target|cwd|root)$/i;

/** The arguments of a tool that look like paths, by their names and what is said of them. */
function guess(parameters: JsonObject): string[] {
  return Object.entries(propertiesOf(parameters)).flatMap(([name, schema]) => {
    if (!isJsonObject(schema)) return [];
    const { type, items, description, format } = schema;
    const says = PATH_NAME.test(name) || format === "path";
    const isDescribed = typeof description === "string" && /\bpath\b/i.test(description);
    if (!says && !isDescribed) return [];
    if (type === "string" || type === undefined) return [name];
    return type === "array" && isJsonObject(items) && items["type"] === "string"
      ? [`${name}[*]`]
      : [];
  });
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isJsonObject(properties) ? properties : {};
}

/** The same in lines for people. */
export function renderPaths(report: PathReport): string[] {
  const { server, base, proved, problem, undeclared } = report;
  const how = proved === true ? "as the server says itself" : "the server does not say it";
  const lines = [
    problem === undefined
      ? `paths of "${server}": relative ones count from ${base} (${how})`
      : `paths of "${server}": ${problem}`,
  ];
  if (Object.keys(undeclared).length === 0) return lines;
  const tools = Object.entries(undeclared).map(
    ([tool, places]) => `      ${JSON.stringify(tool)}: ${JSON.stringify(places)}`,
  );
  return [
    ...lines,
    `paths of "${server}": rules speak of paths, and of these tools nobody said which arguments are paths: every deny and ask holds for them, and no allow. Put into mcpServers.${server}, once it is right:`,
    `    "paths": { "tools": {`,
    ...tools.map((line, index) => (index < tools.length - 1 ? `${line},` : line)),
    `    } }`,
  ];
}
