import type { RunnableTool } from "../agents/function-tool.ts";
import type { ToolProvider } from "../agents/tool-provider.ts";
import type { Log } from "../lib/log.ts";
import { modelNamePrefix } from "../policy/tool-name.ts";
import type { BorrowedPolicy, BorrowedParts } from "./borrowed-parts.ts";
import { borrowTool } from "./borrowed-tool.ts";
import type { ClientFace } from "./client-face.ts";
import { createConnection, type Connection } from "./connection.ts";
import { sameTool, type ServerTool } from "./definition.ts";
import { createDrift } from "./drift.ts";
import { canBeRead, READ_RESOURCE, readerOf, readResourceTool } from "./read-resource.ts";
import type { ServerSpec } from "./server-spec.ts";
import { createToldProgress, type ProgressListener } from "./told-progress.ts";
import { createMemoryLedger, type ToolLedger } from "./tool-ledger.ts";

export interface ToolSourceOptions {
  servers: Readonly<Record<string, ServerSpec>>;
  policy: BorrowedPolicy;
  log: Log;
  /** Ours, told to the servers. */
  version: string;
  /** Default: remembers for as long as the process lives. */
  ledger?: ToolLedger | undefined;
  /** Milliseconds that a run waits for a server that is starting; default 5,000. */
  firstWaitMs?: number | undefined;
  /** Who is behind the calls; default: a program that can do nothing else. */
  face?: ClientFace | undefined;
}

/** A server, and its tools as agents hold them. */
export interface BorrowedServer {
  readonly name: string;
  /** Why it cannot be used now. */
  readonly problem: string | undefined;
  readonly tools: readonly BorrowedEntry[];
}

export interface BorrowedEntry {
  readonly definition: ServerTool;
  readonly tool: RunnableTool;
  readonly parts: BorrowedParts;
  /** How it differs from what was accepted. */
  readonly drifted: string | undefined;
}

/** Other MCP servers, one connection each, for as many agents as want them. */
export interface ToolSource {
  /** The tools of some servers, or of all; `accepts` is asked with names of server and tool. */
  provider(choice?: {
    servers?: readonly string[] | undefined;
    accepts?: ((server: string, tool: string) => boolean) | undefined;
  }): ToolProvider;
  /** What each server offers, as far as it is known; starts nothing. */
  offers(): { connection: Connection; tools: readonly BorrowedEntry[] }[];
  /** Starts the servers that somebody has a provider of, and waits for none. */
  warmUp(): void;
  /** Starts every server, and tells what each of them offers; `onUp` is told of each when it is up, or not. */
  survey(onUp?: (server: BorrowedServer) => void): Promise<BorrowedServer[]>;
  /** What a server says of the folders it works in, where it has a tool for that. */
  tellFolders(server: string): Promise<string | undefined>;
  /** Tells how far calls of agents' runs are, as servers say it. @returns ends it */
  onProgress(listener: ProgressListener): () => void;
  close(): Promise<void>;
}

/** Tools of published servers that say it, and take no arguments. */
const TELLS_FOLDERS = /^(?:[a-z]+_)?list_allowed_directories$/;

/** Starts nothing: a server is started when it is first needed, or by `warmUp`. */
export function createToolSource(options: ToolSourceOptions): ToolSource {
  const { servers, policy, ledger = createMemoryLedger(), ...common } = options;
  const told = createToldProgress();
  const shelves = Object.entries(servers).map(([name, spec]) =>
    createShelf(createConnection({ ...common, name, spec }), {
      policy,
      ledger,
      spec,
      tellProgress: told.tell,
    }),
  );
  const provided = new Set<Connection>();
  return {
    provider({ servers: names, accepts = () => true } = {}) {
      const chosen = shelves.filter(({ connection }) => names?.includes(connection.name) ?? true);
      for (const { connection } of chosen) provided.add(connection);
      return createProvider(chosen, accepts);
    },
    offers: () => shelves.map(({ connection, borrowed }) => ({ connection, tools: borrowed() })),
    warmUp() {
      // What does not come up, the first run is told.
      for (const connection of provided) void connection.settle();
    },
    async survey(onUp) {
      return Promise.all(
        shelves.map(async ({ connection, borrowed }) => {
          await connection.settle();
          const { name, problem } = connection;
          const server = { name, problem, tools: borrowed() };
          onUp?.(server);
          return server;
        }),
      );
    },
    async tellFolders(server) {
      const connection = shelves.find((shelf) => shelf.connection.name === server)?.connection;
      return connection === undefined ? undefined : tellFolders(connection);
    },
    onProgress: told.listen,
    async close() {
      await Promise.all(shelves.map(({ connection }) => connection.close()));
    },
  };
}

async function tellFolders(connection: Connection): Promise<string | undefined> {
  const tool = connection.tools.find(({ name }) => TELLS_FOLDERS.test(name))?.name;
  if (tool === undefined) return undefined;
  try {
    const { content } = await connection.call({ tool, args: {}, signal: undefined });
    return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  } catch {
    return undefined;
  }
}

/** What one server offers, made anew when that changed. */
interface Shelf {
  readonly connection: Connection;
  borrowed(): BorrowedServer["tools"];
  /** The same of a server that was not up yet, as it was when it was. */
  remembered(): BorrowedServer["tools"];
  /** What agents have beside its tools. */
  reader(): RunnableTool | undefined;
}

function createShelf(
  connection: Connection,
  {
    policy,
    ledger,
    spec,
    tellProgress,
  }: {
    policy: BorrowedPolicy;
    ledger: ToolLedger;
    spec: ServerSpec;
    tellProgress: ProgressListener;
  },
): Shelf {
  const drift = createDrift(ledger, { name: connection.name, spec });
  let made: BorrowedServer["tools"] = [];
  let of = 0;
  const beside = {
    sibling: (tool: string) => borrowed().find(({ definition }) => definition.name === tool)?.parts,
    siblings: () => connection.tools,
    tellProgress,
  };
  const make = (): BorrowedServer["tools"] => {
    const reasons = drift.compare(connection.tools);
    if (canBeRead(connection)) drift.remember(readerOf(connection));
    return connection.tools.map((definition) => {
      const drifted = reasons.get(definition.name);
      const again = {
        ...drift,
        accept(tool: ServerTool) {
          drift.accept(tool);
          of = -1;
        },
      };
      const parts = { connection, definition, policy, drift: again, drifted, ...beside };
      return { definition, tool: borrowTool(parts), parts, drifted };
    });
  };
  const borrowed = (): BorrowedServer["tools"] => {
    if (of !== connection.version) {
      made = make();
      of = connection.version;
    }
    return made;
  };
  return {
    connection,
    borrowed,
    reader: () => (canBeRead(connection) ? readResourceTool(connection, policy) : undefined),
    remembered: () =>
      drift.remembered().map((definition) => {
        const parts = { connection, definition, policy, drift, drifted: undefined, ...beside };
        const isReader = sameTool(definition, readerOf(connection));
        const held = isReader ? readResourceTool(connection, policy) : borrowTool(parts);
        return { definition, tool: held, parts, drifted: undefined };
      }),
  };
}

function createProvider(
  shelves: readonly Shelf[],
  accepts: (server: string, tool: string) => boolean,
): ToolProvider {
  const cache = new Map<Shelf, { from: BorrowedServer["tools"]; tools: RunnableTool[] }>();
  let all: readonly RunnableTool[] = [];
  const toolsOf = (shelf: Shelf): RunnableTool[] => {
    const from = shelf.borrowed();
    const known = cache.get(shelf);
    if (known?.from === from) return known.tools;
    const { name } = shelf.connection;
    const tools = from
      .filter((each) => accepts(name, each.definition.name))
      .map(({ tool }) => tool);
    const reader = accepts(name, READ_RESOURCE) ? shelf.reader() : undefined;
    if (reader !== undefined) tools.push(reader);
    cache.set(shelf, { from, tools });
    return tools;
  };
  return {
    id: `mcp:${shelves.map(({ connection }) => connection.name).join(",")}`,
    tools() {
      const lists = shelves.map((shelf) => toolsOf(shelf));
      const flat = lists.flat();
      if (flat.length !== all.length || flat.some((each, index) => each !== all[index])) all = flat;
      return all;
    },
    remembered() {
      const unmet = shelves.filter(({ connection }) => connection.tools.length === 0);
      return unmet.flatMap((shelf) =>
        shelf
          .remembered()
          .filter((each) => accepts(shelf.connection.name, each.definition.name))
          .map(({ tool }) => tool),
      );
    },
    async refresh() {
      await Promise.all(shelves.map(({ connection }) => connection.refresh()));
    },
    whyMissing(name) {
      const shelf = shelves.find(({ connection }) =>
        name.startsWith(modelNamePrefix(connection.name)),
      );
      if (shelf === undefined) return undefined;
      const { connection } = shelf;
      return connection.problem === undefined
        ? `server "${connection.name}" offers no such tool here`
        : `server "${connection.name}" is not available: ${connection.problem}`;
    },
  };
}
