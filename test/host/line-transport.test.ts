import { PassThrough } from "node:stream";

import { expect, it } from "vitest";

import { createLineTransport } from "../../src/host/line-transport.ts";
import { untilIdle } from "../support/latch.ts";

it("answers a ping while all that was asked before is still at work", async () => {
  const [stdin, wire] = [new PassThrough(), new PassThrough()];
  const transport = createLineTransport(stdin, wire);
  const handed: unknown[] = [];
  // oxlint-disable-next-line prefer-add-event-listener -- the SDK has no events
  transport.onmessage = (message) => void handed.push(message);
  await transport.start();
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "run_agent" } };
  const ping = { jsonrpc: "2.0", id: "p", method: "ping" };
  stdin.write(`${JSON.stringify(call)}\n${JSON.stringify(ping)}\n`);
  await untilIdle();
  expect(handed).toEqual([call]);
  expect(String(wire.read())).toBe('{"jsonrpc":"2.0","id":"p","result":{}}\n');
  await transport.close();
});
