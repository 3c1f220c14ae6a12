import { until } from "../downstream/until.ts";
import type { ToolSource } from "../downstream/tool-source.ts";
import type { Connection } from "../downstream/connection.ts";
import { isReadOnly } from "../downstream/definition.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Served } from "./served-tool.ts";
import { textMember } from "../lib/text-member.ts";

/** Tools of the gateway itself: a server's tool of that name is offered under its server's. */
export const WAIT_FOR_DECISION = "wait_for_decision";
export const STATUS = "holdpoint_status";
/** How long a server that is starting is waited for. */
export const SERVER_MS = 60_000;
const reserved: readonly string[] = [WAIT_FOR_DECISION, STATUS];

/** A tool that is offered on. */
export interface OfferedTool {
  /** Its own where no other tool has it, else `server__tool`. */
  readonly name: string;
  readonly server: string;
  readonly tool: string;
  /** As its server lists it. */
  readonly listed: JsonObject;
  /** Absent while its server is not there and only remembered. */
  readonly served: Served | undefined;
}

/** All tools of all servers, under the names by which they are called here. */
export interface Catalogue {
  readonly tools: readonly OfferedTool[];
  find(name: string): OfferedTool | undefined;
  served(server: string, tool: string): Served | undefined;
  whyMissing(server: string, tool: string): string;
  /** Why servers cannot be used now, by name. */
  problems(): { server: string; problem: string }[];
  connections(): readonly Connection[];
  /**
   * Waits until all servers have been here once, or are known not to come up; or so long.
   *
   * @param limits `orRemembered`: whether what they had before is enough
   */
  meet(limits: {
    timeoutMs: number;
    signal?: AbortSignal | undefined;
    orRemembered?: boolean;
  }): Promise<void>;
  /** Waits until a server is up, or is known not to come up; starts it if need be. */
  settle(server: string, signal: AbortSignal | undefined): Promise<void>;
}

/** Lists that servers had when they were last here. */
export interface RememberedLists {
  /** Empty where there is none. */
  of(server: string): readonly JsonObject[];
  remember(server: string, tools: readonly JsonObject[]): void;
}

/** @param options `changesNothing`: whether rules say so of a tool, whatever its server says */
export function createCatalogue(
  source: Pick<ToolSource, "offers">,
  options: {
    remembered: RememberedLists;
    changesNothing(server: string, tool: string): boolean;
  },
): Catalogue {
  let from: readonly unknown[] = [];
  let tools: readonly OfferedTool[] = [];
  let byName = new Map<string, OfferedTool>();
  const look = (): void => {
    const offers = source.offers();
    const key = offers.flatMap(({ connection, tools: list }) => [list, isAway(connection)]);
    if (key.length === from.length && key.every((each, index) => each === from[index])) return;
    from = key;
    tools = named(offers.flatMap((offer) => toolsOf(offer, options)));
    byName = new Map(tools.map((tool) => [tool.name, tool]));
  };
  return {
    get tools() {
      look();
      return tools;
    },
    find(name) {
      look();
      return byName.get(name);
    },
    served(server, tool) {
      look();
      return tools.find((each) => each.server === server && each.tool === tool)?.served;
    },
    whyMissing: (server, tool) => whyMissing(source, { server, tool }),
    problems: () =>
      source.offers().flatMap(({ connection: { name, problem, isNew } }) => {
        // One that only starts, and whose tools are listed meanwhile, is no news.
        const isExpected = isNew() && options.remembered.of(name).length > 0;
        return problem === undefined || isExpected ? [] : { server: name, problem };
      }),
    connections: () => source.offers().map(({ connection }) => connection),
    meet: (limits) => meetServers(source, { ...limits, remembered: options.remembered }),
    async settle(server, signal) {
      const offer = source.offers().find(({ connection }) => connection.name === server);
      if (offer === undefined) return;
      await until(offer.connection.settle(), { timeoutMs: SERVER_MS, signal }).catch(
        () => undefined,
      );
    },
  };
}

function whyMissing(
  source: Pick<ToolSource, "offers">,
  { server, tool }: { server: string; tool: string },
): string {
  const { connection } = source.offers().find((each) => each.connection.name === server) ?? {};
  if (connection === undefined) return `server "${server}" is no longer configured`;
  return connection.problem === undefined
    ? `server "${server}" no longer has a tool "${tool}"`
    : `server "${server}" is not available: ${connection.problem}`;
}

type Unnamed = Omit<OfferedTool, "name">;

async function meetServers(
  source: Pick<ToolSource, "offers">,
  {
    timeoutMs,
    signal,
    orRemembered = false,
    remembered,
  }: Parameters<Catalogue["meet"]>[0] & { remembered: RememberedLists },
): Promise<void> {
  const unmet = source
    .offers()
    .map(({ connection }) => connection)
    .filter((each) => isAway(each) && !(orRemembered && remembered.of(each.name).length > 0));
  const met = Promise.all(unmet.map((each) => each.settle()));
  await until(met, { timeoutMs, signal }).catch(() => undefined);
}

/** Whether a server has never been here, as far as this process knows. */
function isAway({ version }: Connection): boolean {
  return version === 0;
}

function toolsOf(
  { connection, tools }: ReturnType<ToolSource["offers"]>[number],
  { remembered, changesNothing }: Parameters<typeof createCatalogue>[1],
): Unnamed[] {
  const server = connection.name;
  if (isAway(connection)) {
    return remembered.of(server).map((listed) => {
      return { server, tool: textMember(listed, "name"), listed, served: undefined };
    });
  }
  return tools.map(({ definition, parts }) => {
    const isHarmless =
      (connection.spec.trusted === true && isReadOnly(definition)) ||
      changesNothing(server, definition.name);
    const served: Served = { ...parts, isRead: isHarmless && parts.drifted === undefined };
    return { server, tool: definition.name, listed: definition.listed, served };
  });
}

function named(tools: readonly Unnamed[]): OfferedTool[] {
  const counts = new Map<string, number>(reserved.map((name) => [name, 1]));
  for (const { tool } of tools) counts.set(tool, (counts.get(tool) ?? 0) + 1);
  const taken = new Set([...counts].flatMap(([name, count]) => (count === 1 ? name : [])));
  return tools.map((each) => {
    const name = counts.get(each.tool) === 1 ? each.tool : prefixed(each, taken);
    taken.add(name);
    return { ...each, name, listed: { ...each.listed, name } };
  });
}

function prefixed({ server, tool }: Unnamed, taken: ReadonlySet<string>): string {
  const name = `${server.replaceAll(/[^a-zA-Z0-9_.-]/g, "_")}__${tool}`;
  for (let number = 1; ; number += 1) {
    const free = number === 1 ? name : `${name}_${number}`;
    if (!taken.has(free)) return free;
  }
}
