import { expect, it } from "vitest";

import { createStandings } from "../../src/gateway/standings.ts";
import { createTickets } from "../../src/gateway/tickets.ts";
import { HoldpointError } from "../../src/lib/errors.ts";
import type { RunId } from "../../src/lib/ids.ts";
import type { RunService } from "../../src/runs/run-service.ts";

it("no news takes the place of the answer of a call that ran", async () => {
  const warned: string[] = [];
  const tickets = createTickets("gateway:test", createStandings(), {
    info: () => undefined,
    warn: (line) => void warned.push(line),
  });
  const service = {
    list: async () => ({ runs: [] }),
    state: async () => {
      throw new HoldpointError("store_unavailable", "the disk is full");
    },
  } as unknown as RunService;
  tickets.add({ runId: "run_a" as RunId, wish: 1 });
  const caller = { principal: "client", requestId: 1, signal: new AbortController().signal };
  const answer = { result: { content: [{ type: "text" as const, text: "paid" }] } };
  expect(await tickets.withNews(service, caller, answer)).toBe(answer);
  expect(warned).toEqual([expect.stringContaining("the disk is full")]);
});
