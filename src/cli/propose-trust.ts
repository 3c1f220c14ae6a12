import { hearServers } from "../app/hear-servers.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import { visibleLine } from "../runs/shown-text.ts";
import { readOnlyTools, surveyServers, type Surveyed } from "../app/survey-servers.ts";
import type { CommandContext, Terminal } from "./terminal.ts";

/** Starts servers of a configuration that is still to be written, and says of each how it came up. */
export async function surveyAloud(
  config: string,
  servers: JsonObject,
  { env, log, terminal }: CommandContext,
): Promise<Surveyed[]> {
  const hearing = hearServers(log);
  const surveyed = await surveyServers(config, {
    env,
    log: hearing.log,
    servers,
    onUp(server) {
      const lines = describeSurveyed(server, hearing.lastWords(server.name));
      for (const line of lines) terminal.print(visibleLine(line));
    },
  });
  hearing.warn(surveyed);
  return surveyed;
}

/** A server as it came up, or did not. @param words what it said itself */
function describeSurveyed(server: Surveyed, words: readonly string[]): string[] {
  const { name, tools, problem } = server;
  if (problem !== undefined) {
    const said = words.filter((line) => !line.includes(problem));
    return [
      `  ${name}: did not come up, and is taken as it is: ${problem}`,
      ...said.map((line) => `    it said: ${line}`),
    ];
  }
  const reads = readOnlyTools(server);
  const rest = tools.length - reads.length;
  return [
    `  ${name}: ${tools.length} tools, of which ${reads.length} say that they only read, and ${rest} ask in any case`,
  ];
}

/** Proposed server by server, with what would run freely; assumed of none. */
export async function chooseTrusted(
  servers: readonly Surveyed[],
  { given, isAsked, terminal }: { given: string | undefined; isAsked: boolean; terminal: Terminal },
): Promise<string[]> {
  if (given !== undefined) return namedTrusted(given, servers);
  const trusted: string[] = [];
  if (!isAsked) return trusted;
  for (const server of servers) {
    const reads = readOnlyTools(server);
    if (reads.length === 0) continue;
    terminal.print("");
    const question = `Believe ${server.name}? Then these run without asking: ${reads.join(", ")}`;
    if ((await terminal.confirm(visibleLine(question))) === true) trusted.push(server.name);
  }
  return trusted;
}

function namedTrusted(text: string, servers: readonly Surveyed[]): string[] {
  const names = text.split(",").map((name) => name.trim());
  const known = servers.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new HoldpointError(
    "invalid_input",
    `--trust names "${unknown}", which is none of these servers: ${known.join(", ")}`,
  );
}
