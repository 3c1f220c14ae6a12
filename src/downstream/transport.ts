import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

import type { ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";

import type { Redact } from "./secrets.ts";
import { environmentOf, isHttpSpec, type ServerSpec } from "./server-spec.ts";
import { until } from "./until.ts";

const LONGEST_LINE = 2_000;
/** How long a server is waited for that is told that its session is over. */
const GOODBYE_MS = 2_000;

export interface TransportOptions {
  spec: ServerSpec;
  version: string;
  redact: Redact;
  /** What whoever is behind the client can do. */
  capabilities?: ClientCapabilities | undefined;
  /** Told what a process says on stderr, line by line. */
  onLine(line: string): void;
}

/** A client that is not connected yet, and what to connect it with. The SDK is loaded here. */
export async function openClient(
  options: TransportOptions,
): Promise<{ client: Client; transport: Transport }> {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const client = new Client(
    { name: "holdpoint", version: options.version },
    { capabilities: options.capabilities ?? {} },
  );
  return { client, transport: await openTransport(options) };
}

/** Closes a client; a server that keeps a session for it is told that it is over. Never throws. */
export async function closeClient(client: Client): Promise<void> {
  const { transport } = client;
  if (transport?.sessionId !== undefined && isSessionful(transport)) {
    const ended = transport.terminateSession().catch(() => undefined);
    await until(ended, { timeoutMs: GOODBYE_MS });
  }
  await client.close().catch(() => undefined);
}

function isSessionful(
  transport: Transport,
): transport is Transport & { terminateSession(): Promise<void> } {
  return "terminateSession" in transport && typeof transport.terminateSession === "function";
}

async function openTransport({ spec, redact, onLine }: TransportOptions): Promise<Transport> {
  if (isHttpSpec(spec)) {
    const { StreamableHTTPClientTransport } =
      await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
    const requestInit = { headers: { ...spec.headers } };
    return new StreamableHTTPClientTransport(new URL(spec.url), { requestInit });
  }
  const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
  const { command, args = [], cwd } = spec;
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    // The SDK adds its short list of what every program needs, and nothing else of ours.
    env: environmentOf(spec),
    stderr: "pipe",
    ...(cwd === undefined ? {} : { cwd }),
  });
  const lines = createLineSplitter((line) => onLine(redact(line).slice(0, LONGEST_LINE)));
  transport.stderr?.on("data", (chunk: Buffer) => lines(chunk.toString("utf8")));
  return transport;
}

function createLineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = `${rest}${text}`.split(/\r?\n/);
    rest = (lines.pop() ?? "").slice(-LONGEST_LINE * 5);
    for (const line of lines) if (line.trim() !== "") onLine(line);
  };
}
