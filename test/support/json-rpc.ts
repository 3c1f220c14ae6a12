import { expect } from "vitest";

import { isJsonObject, type JsonObject } from "../../src/lib/json.ts";

/** What a client says before anything else; its request has id 1. */
export const handshake: readonly JsonObject[] = [
  {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "test", version: "1.0.0" },
    },
  },
  { jsonrpc: "2.0", method: "notifications/initialized" },
];

/** A call of a tool. */
export function toolCall(id: number, name: string, input: JsonObject = {}): JsonObject {
  return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: input } };
}

/** As many lines as messages; text is a line as it stands. */
export function toLines(messages: readonly (JsonObject | string)[]): string {
  const lines = messages.map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
  return lines.map((line) => `${line}\n`).join("");
}

/** What a server wrote, which must be JSON-RPC messages and nothing else. */
export function parseMessages(stdout: string): JsonObject[] {
  expect(stdout === "" || stdout.endsWith("\n")).toBe(true);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const message: unknown = JSON.parse(line);
      expect(message).toMatchObject({ jsonrpc: "2.0" });
      return message as JsonObject;
    });
}

/** The result of a request. */
export function resultOf(stdout: string, id: number): JsonObject {
  const response = parseMessages(stdout).find((message) => message["id"] === id);
  expect(response, `the response to ${id}`).toBeDefined();
  const result = response?.["result"];
  return isJsonObject(result) ? result : {};
}
