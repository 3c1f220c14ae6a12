import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { createPayments } from "../support/payments.ts";
import { startPaused, waitFor, yes } from "../support/run-services.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

/** A file system of 2 MB; `undefined` for whoever may not make one. */
function mountSmall(directory: string): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", directory], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

async function openService(
  path: string,
): Promise<{ service: RunService; paid: number[]; log: string[] }> {
  const log: string[] = [];
  const { agent, paid } = createPayments({
    // The disk is full from the moment that the payment begins.
    before: () => fill(path),
  });
  const registry = createAgentRegistry([{ agent, source: "test#Payments" }], {});
  const say = (message: string): void => void log.push(message);
  const store = await openSqliteRunStore({ path });
  const service = createRunService({ store, registry, log: { info: say, warn: say } });
  return { service, paid, log };
}

function fill(path: string): void {
  const { bavail, bsize } = statfsSync(path);
  writeFileSync(`${path}.filler`, Buffer.alloc(bavail * bsize));
}

describe("a file system that is full", () => {
  const tempDirectory = useTempDirectory();

  it("gets the outcome of a payment once there is room again, and runs go on", async (context) => {
    const directory = await tempDirectory();
    if (!mountSmall(directory))
      return context.skip("only root can make a file system that is small");
    try {
      await playOnFull(join(directory, "runs.db"));
    } finally {
      execFileSync("umount", ["-l", directory]);
    }
  });
});

/** One approved payment, during which the disk fills up. */
async function playOnFull(path: string): Promise<void> {
  const { service, paid, log } = await openService(path);
  const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
  await service.decide(approvalId, yes());
  const stopped = await service.wait(runId, { timeoutMs: 1_500 });
  // What is there of the log of the file may hold it yet: then more is written until it does not.
  await expect(insistOnFull(service)).rejects.toMatchObject({
    code: "store_unavailable",
    message: expect.stringContaining("the disk is full"),
  });
  expect(paid).toEqual([5]);
  expect(["running", "completed"]).toContain(stopped.status);
  rmSync(`${path}.filler`);
  await waitFor(service, runId, "completed");
  await startPaused(service, 'pay {"amount": 6}');
  expect(paid).toEqual([5]);
  expect(log.join("\n")).not.toContain("failed");
  await service.close();
}

async function insistOnFull(service: RunService): Promise<never> {
  for (;;) await service.start({ input: `remember ${"x".repeat(100_000)}` });
}
