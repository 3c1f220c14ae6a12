import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { useMcpServers, type McpServerProcess } from "../support/mcp-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";
import { isThorough } from "../support/thorough.ts";

/** How many runs each server is asked to start at once. */
const STARTS = isThorough ? 100 : 12;

describe("three servers on one store", () => {
  const tempDirectory = useTempDirectory();
  const startServer = useMcpServers();

  it("take every start and every decision that comes at once, and do each thing once", async () => {
    const directory = await tempDirectory();
    const { file, effects } = await writePaymentsFile(directory);
    const args = ["--store", join(directory, "runs.db"), "--agents", file];
    const servers = await Promise.all([1, 2, 3].map(() => startServer({ args })));
    const amounts = servers.map((_, server) =>
      Array.from({ length: STARTS }, (_unused, index) => server * STARTS + index + 1),
    );
    const paused = await Promise.all(
      servers.flatMap((server, index) =>
        (amounts[index] ?? []).map((amount) =>
          server.startPaused({ input: `pay {"amount": ${amount}}` }),
        ),
      ),
    );
    // Each is decided on through another server than the one that it was started by.
    const ends = await Promise.all(
      paused.map(async ({ run_id, approval }, index) => {
        const server = servers[(index + 1) % servers.length] as McpServerProcess;
        await server.call("approve", { ...approval, wait_seconds: 0 });
        return endOf(server, run_id);
      }),
    );
    expect(new Set(ends)).toEqual(new Set(["completed"]));
    const paid = (await readEffects(effects)).map(({ amount }) => amount);
    expect(paid.toSorted((a, b) => a - b)).toEqual(amounts.flat());
    for (const server of servers) expect(server.stderr()).not.toContain("warning");
  }, 300_000);
});

async function endOf(server: McpServerProcess, runId: string): Promise<unknown> {
  for (;;) {
    const { status } = await server.call("get_run", { run_id: runId, wait_seconds: 20 });
    if (status !== "running") return status;
  }
}
