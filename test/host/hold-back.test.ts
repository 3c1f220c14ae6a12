import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { expect, it } from "vitest";

import { holdBack } from "../../src/host/hold-back.ts";

const request = (id: number, method: string) => ({ jsonrpc: "2.0" as const, id, method });
const cancelled = { jsonrpc: "2.0" as const, method: "notifications/cancelled" };

function open() {
  const sent: JSONRPCMessage[] = [];
  const received: JSONRPCMessage[] = [];
  const transport: Transport = {
    start: async () => {},
    send: async (message) => void sent.push(message),
    close: async () => {},
    onmessage: (message) => void received.push(message),
  };
  const held = holdBack(transport, new Set(["ping"]));
  return {
    come: (message: JSONRPCMessage) => transport.onmessage?.(message),
    sent,
    received,
    ...held,
  };
}

it("hands on what need not wait at once, and the rest in its order once that is released", () => {
  const { come, received, release } = open();
  const messages = [request(1, "a"), request(2, "ping"), cancelled, request(3, "b")];
  for (const message of messages) come(message);
  expect(received).toEqual([request(2, "ping")]);
  release();
  come(request(4, "c"));
  const behind = [request(1, "a"), cancelled, request(3, "b"), request(4, "c")];
  expect(received).toEqual([request(2, "ping"), ...behind]);
});

it("answers requests that wait, and those to come, with why they are refused", async () => {
  const { come, sent, received, refuse } = open();
  for (const message of [request(1, "a"), cancelled]) come(message);
  await refuse(() => "No store");
  come(request(2, "b"));
  const error = { code: -32_603, message: "No store" };
  expect(sent).toEqual([1, 2].map((id) => ({ jsonrpc: "2.0", id, error })));
  expect(received).toEqual([]);
});
