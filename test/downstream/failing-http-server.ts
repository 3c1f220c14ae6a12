import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach } from "vitest";

/** How a call ends, always after its effect. */
export type Ending =
  | { status: number; body?: string }
  | "cut before headers"
  | "cut in the body"
  | "cut in the stream"
  | "no JSON"
  | "an error of the tool";

export interface FailingServer {
  readonly url: string;
  /** How many calls had their effect. */
  effects(): number;
  /** Goes away; what is open is cut. */
  stop(): Promise<void>;
}

/** MCP servers over HTTP with one tool `act`, whose calls end badly; stopped after the test. */
export function useFailingServers(): (
  ending: Ending,
  options?: { hasSessions?: boolean },
) => Promise<FailingServer> {
  const running: FailingServer[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()));
  });
  return async (ending, { hasSessions = true } = {}) => {
    let effects = 0;
    const server = createServer((request, response) => {
      void answer(request, response, {
        ending,
        hasSessions,
        act: () => {
          effects += 1;
        },
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const started: FailingServer = {
      url: `http://127.0.0.1:${port}/mcp`,
      effects: () => effects,
      async stop() {
        server.closeAllConnections();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      },
    };
    running.push(started);
    return started;
  };
}

interface Behaviour {
  ending: Ending;
  hasSessions: boolean;
  act(): void;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { ending, hasSessions, act }: Behaviour,
): Promise<void> {
  // A connection that is kept may be used after it was cut, which nobody can tell from a call.
  response.shouldKeepAlive = false;
  if (request.method !== "POST") return void response.writeHead(405).end();
  let text = "";
  for await (const chunk of request) text += String(chunk);
  const { id, method, params } = JSON.parse(text) as Record<string, Record<string, unknown>>;
  if (id === undefined) return void response.writeHead(202).end();
  const say = (result: unknown, headers: Record<string, string> = {}): void => {
    response.writeHead(200, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ jsonrpc: "2.0", id, result }));
  };
  switch (String(method)) {
    case "initialize":
      return say(
        {
          protocolVersion: params?.["protocolVersion"],
          capabilities: { tools: {} },
          serverInfo: { name: "failing", version: "1" },
        },
        hasSessions ? { "mcp-session-id": "session-1" } : {},
      );
    case "tools/list":
      return say({
        tools: [{ name: "act", description: "Acts.", inputSchema: { type: "object" } }],
      });
    default:
      act();
      endBadly(response, ending, id);
  }
}

function endBadly(response: ServerResponse, ending: Ending, id: unknown): void {
  if (typeof ending === "object") {
    response.writeHead(ending.status, { location: "http://127.0.0.1:1/" });
    response.end(ending.body ?? "");
    return;
  }
  switch (ending) {
    case "cut before headers":
      response.destroy();
      return;
    case "cut in the body":
      response.writeHead(200, { "content-type": "application/json", "content-length": "999" });
      response.write("{", () => response.destroy());
      return;
    case "cut in the stream":
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": on its way\n\n", () => response.destroy());
      return;
    case "no JSON":
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<p>done</p>");
      return;
    case "an error of the tool":
      response.writeHead(200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32_603, message: "no paper" } }),
      );
  }
}
