import { describe, expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import type { AnyMcpTool, CallContext } from "../../src/mcp/mcp-tool.ts";
import { approve, reject } from "../../src/mcp/tools/decision-tools.ts";
import { getRun, resumeRun, runAgent } from "../../src/mcp/tools/run-tools.ts";
import type { RunReport } from "../../src/runs/run-report.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import type { WaitOptions } from "../../src/runs/look-at-runs.ts";
import { byClient } from "../support/client-view.ts";
import { createPayments } from "../support/payments.ts";
import { startPaused, useSite } from "../support/run-services.ts";

const context: CallContext = {
  signal: new AbortController().signal,
  client: "test 1.0.0",
  canAsk: false,
  ask: async () => "unsupported",
  progress: () => {},
};

describe("how long a call waits for its run", () => {
  const openSite = useSite("memory");

  /** A service with a waiting run, which notes how long it is waited for and does not wait. */
  async function open() {
    const { agent } = createPayments();
    const service = await (await openSite()).open([agent]);
    const paused = await startPaused(service, 'pay {"amount": 5}', byClient("test 1.0.0"));
    const waits: number[] = [];
    const noting: RunService = {
      ...service,
      async wait(runId: RunId, { timeoutMs }: WaitOptions): Promise<RunReport> {
        waits.push(timeoutMs / 1_000);
        return service.get(runId);
      },
    };
    const deps = {
      service: noting,
      log: { info: () => {}, warn: () => {} },
      maxWaitSeconds: 50,
    };
    const waited = async (tool: AnyMcpTool, input: object): Promise<number | undefined> => {
      const result = await tool.call(input, deps, context);
      expect(result.isError).toBeUndefined();
      return waits.at(-1);
    };
    return { ...paused, waited };
  }

  it.each([
    ["25 seconds unless it says otherwise", {}, 25],
    ["as long as it says", { wait_seconds: 7.5 }, 7.5],
    ["not at all", { wait_seconds: 0 }, 0],
    ["at most as long as the server allows", { wait_seconds: 10_000 }, 50],
  ])("%s", async (_name, given, seconds) => {
    const { runId, approvalId, action, waited } = await open();
    expect(await waited(runAgent, { input: "hello", ...given })).toBe(seconds);
    expect(await waited(resumeRun, { run_id: runId, ...given })).toBe(seconds);
    expect(await waited(approve, { approval_id: approvalId, action, ...given })).toBe(seconds);
  });

  it("is 25 seconds after a rejection too", async () => {
    const { approvalId, waited } = await open();
    expect(await waited(reject, { approval_id: approvalId })).toBe(25);
  });

  it("is nothing for a look", async () => {
    const { runId, waited } = await open();
    expect(await waited(getRun, { run_id: runId })).toBe(0);
    expect(await waited(getRun, { run_id: runId, wait_seconds: 60 })).toBe(50);
  });
});
