import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, it, onTestFinished } from "vitest";

import { createConnection } from "../../src/downstream/connection.ts";

/** A server over HTTP that keeps a session for each client. @param onDelete what ends one */
async function startServer(onDelete: "takes it" | "never answers"): Promise<{
  url: string;
  open: Set<string>;
}> {
  const open = new Set<string>();
  const server = createServer((request, response) => {
    const session = String(request.headers["mcp-session-id"] ?? "");
    if (request.method === "DELETE") {
      open.delete(session);
      if (onDelete === "takes it") response.writeHead(200).end();
      return;
    }
    if (request.method !== "POST") {
      response.writeHead(405).end();
      return;
    }
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    request.on("end", () => {
      const { id, method, params } = JSON.parse(text) as {
        id?: number;
        method: string;
        params?: { protocolVersion?: string };
      };
      if (id === undefined) {
        response.writeHead(202).end();
        return;
      }
      const name = `s${open.size + 1}`;
      if (method === "initialize") open.add(name);
      const capabilities = { tools: {} };
      const serverInfo = { name: "sessions", version: "1" };
      const protocolVersion = params?.protocolVersion;
      const result =
        method === "initialize" ? { protocolVersion, capabilities, serverInfo } : { tools: [] };
      const headers = {
        "content-type": "application/json",
        ...(method === "initialize" ? { "mcp-session-id": name } : {}),
      };
      response.writeHead(200, headers).end(JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, open };
}

it.each(["takes it", "never answers"] as const)(
  "tells a server that its session is over when it is closed, one that %s too",
  async (onDelete) => {
    const { url, open } = await startServer(onDelete);
    const log = { info: () => undefined, warn: () => undefined };
    const connection = createConnection({ name: "web", spec: { url }, log, version: "1" });
    await connection.settle();
    expect(connection.problem).toBeUndefined();
    expect(open).toEqual(new Set(["s1"]));
    await connection.close();
    expect(open).toEqual(new Set());
  },
);
