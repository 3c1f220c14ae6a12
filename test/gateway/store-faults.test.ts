import { PassThrough } from "node:stream";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";

import { createGatewayApp } from "../../src/app/gateway-app.ts";
import { createLineTransport } from "../../src/host/line-transport.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import { breakDriver, faults, type Fault } from "../support/store-faults.ts";
import { createGatewaySite, textOf } from "../support/gateway-site.ts";
import { placeKinds, usePlaces } from "../support/places.ts";
import { no, yes } from "../support/run-services.ts";
import { isThorough } from "../support/thorough.ts";

/** How many calls of the driver are broken of each play, one at a time. */
const SAMPLES = 12;

// Whatever single call of the driver fails, before or after it has done what it was asked for:
// a call that is made until it is answered runs once, is asked about once at most, and is answered
// with what came of it; whoever decides may have to say it twice, and nobody else does anything.
describe.each(placeKinds)("one fault of the store, at any call of the driver, on %s,", (kind) => {
  const makePlace = usePlaces(kind);
  afterEach(() => {
    vi.restoreAllMocks();
  });

  async function open() {
    const site = await createGatewaySite({
      policy: [{ verdict: "allow", server: "effects", tool: "add" }],
    });
    let service: RunService | undefined;
    const app = await createGatewayApp({
      store: await makePlace(),
      configFile: site.config,
      env: {},
      holdSeconds: 30,
      log: { info() {}, warn() {} },
      async opened(of) {
        service = of;
      },
    });
    const [up, down] = [new PassThrough(), new PassThrough()];
    await app.face.server.connect(app.face.connect(up, down));
    const client = new Client({ name: "tester", version: "1.0.0" });
    await client.connect(createLineTransport(down, up));
    onTestFinished(async () => {
      await client.close();
      await app.close(0);
    });
    // The store is opened by the first call, and the server started.
    await client.callTool({ name: "add", arguments: { line: "first" } });
    if (service === undefined) throw new Error("The store was not opened");
    return { site, client, service };
  }

  type Site = Awaited<ReturnType<typeof open>>;
  const plays = {
    "that is allowed": { tool: "add", verdict: undefined },
    "that is approved": { tool: "add_typed", verdict: "approved" },
    "that is rejected": { tool: "add_typed", verdict: "rejected" },
  } as const;

  /** Sends one call until it is answered with what came of it, while a person decides on it. */
  async function play(
    { client, service, site }: Site,
    { tool, verdict }: (typeof plays)[keyof typeof plays],
    { line, fault }: { line: string; fault: Fault & { after: number } },
  ) {
    const count = breakDriver(kind, fault);
    const asked = new Set<string>();
    let isOver = false;
    const decide = async (): Promise<void> => {
      if (isOver) return;
      try {
        const { approvals } = await service.pending({ limit: 100 });
        const own = approvals.filter((each) => each.arguments.includes(line));
        for (const { kind: what, approvalId } of own) asked.add(`${what} ${approvalId}`);
        const decision = verdict === "approved" ? yes() : no();
        for (const { approvalId } of own) await service.decide(approvalId, decision);
      } catch {
        // A person who was told that it failed says it again.
        setImmediate(() => void decide());
      }
    };
    const unlisten = service.onChange(() => void decide());
    const answers: string[] = [];
    const until = performance.now() + 20_000;
    try {
      while (performance.now() < until) {
        const result = (await client
          .callTool({ name: tool, arguments: { line } })
          .catch((error: unknown) => ({
            content: [{ type: "text", text: String(error) }],
            isError: true,
          }))) as CallToolResult;
        const text = textOf(result);
        answers.push(text);
        if (/added|reject/i.test(text)) break;
      }
    } finally {
      isOver = true;
      unlisten();
      vi.restoreAllMocks();
    }
    const ran = site.effects().filter((each) => each === line).length;
    return { calls: count.calls, asked: [...asked], answers, ran };
  }

  it.each(Object.entries(plays))(
    "loses nothing of a call %s, and does nothing twice",
    async (_which, what) => {
      const site = await open();
      const isRejected = what.verdict === "rejected";
      let number = 0;
      for (const [at, fault] of faults(kind).entries()) {
        const playWith = (after: number) => {
          number += 1;
          return play(site, what, { line: `line-${number}-`, fault: { ...fault, after } });
        };
        const { calls } = await playWith(Infinity);
        const step = isThorough ? 1 : Math.ceil(calls / SAMPLES);
        // Each fault meets other calls.
        for (let after = isThorough ? 0 : at % step; after < calls; after += step) {
          const { ran, asked, answers } = await playWith(after);
          const told = isRejected ? "The user rejected this call. It was not run." : "added line-";
          const untrue = isRejected ? /\bran\b/ : /not run/;
          expect({
            fault: fault.name,
            after,
            ran,
            asked: asked.length,
            answers,
            untrue: answers.filter((each) => untrue.test(each) && !each.includes("not run again")),
          }).toMatchObject({
            ran: isRejected ? 0 : 1,
            asked: what.verdict === undefined ? 0 : 1,
            answers: expect.arrayContaining([expect.stringContaining(told)]),
            untrue: [],
          });
        }
      }
      // Also of an outcome that is told before the store has taken it.
      expect((await site.service.audit()).filter(({ problem }) => problem !== undefined)).toEqual(
        [],
      );
    },
    600_000,
  );
});
