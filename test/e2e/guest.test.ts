import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";

import { describe, expect, it, onTestFinished } from "vitest";

import { Agent } from "../../src/agents/agent.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import { peerFile } from "../support/peers.ts";
import {
  hasPostgres,
  makeSchemaUrl,
  openPostgresStore,
  postgresUrl,
  psql,
} from "../support/postgres.ts";
import { yes } from "../support/run-services.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const root = join(import.meta.dirname, "../..");
const tempDirectory = useTempDirectory();

/** A program of somebody who has both packages, from the example in the repository. */
function makeProgram(directory: string): string {
  for (const file of ["examples/dbos.ts", "test/support/guest-process.ts"]) {
    cpSync(join(root, file), join(directory, file), { recursive: true });
  }
  const packages = {
    holdpoint: root,
    zod: join(root, "node_modules/zod"),
    "@dbos-inc/dbos-sdk": peerFile("@dbos-inc/dbos-sdk"),
  };
  for (const [name, place] of Object.entries(packages)) {
    const link = join(directory, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(place, link);
  }
  writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
  return join(directory, "test/support/guest-process.ts");
}

/** A desk on the same store, which goes on with nothing. */
async function openDesk(url: string): Promise<RunService> {
  const store = await openPostgresStore(url);
  const registry = createAgentRegistry(
    [{ agent: new Agent({ name: "None" }), source: "x#None" }],
    {},
  );
  const service = createRunService({ store, registry, log: { info() {}, warn() {} } });
  onTestFinished(() => service.close());
  return service;
}

/** What waits, once something does. */
async function nextAsked(desk: RunService) {
  for (;;) {
    const changed = Promise.withResolvers<void>();
    const unlisten = desk.onChange(() => changed.resolve());
    const { approvals } = await desk.pending({ limit: 5 });
    if (approvals[0] !== undefined) {
      unlisten();
      return approvals[0];
    }
    await changed.promise;
    unlisten();
  }
}

describe.skipIf(!hasPostgres())("a run inside a workflow of DBOS", () => {
  it("meets the doubt, not the effect, when the engine tries its step again after a crash", async () => {
    const directory = await tempDirectory();
    const program = makeProgram(directory);
    const effects = join(directory, "effects");
    const store = await makeSchemaUrl();
    const database = `guest_${randomUUID().replaceAll("-", "")}`;
    await psql(await postgresUrl(), `CREATE DATABASE ${database}`);
    const engine = new URL(await postgresUrl());
    engine.pathname = `/${database}`;
    const start = (how: string) => {
      const args = [program, store, engine.href, effects, "refund-17", how];
      const child = spawn(process.execPath, args, { cwd: directory });
      onTestFinished(() => void child.kill("SIGKILL"));
      return { ended: once(child, "close"), said: text(child.stdout), failed: text(child.stderr) };
    };

    const desk = await openDesk(store);
    const first = start("die");
    const asked = await nextAsked(desk);
    expect(asked).toMatchObject({ kind: "tool_call", tool: "pay" });
    await desk.decide(asked.approvalId, yes());
    expect(await first.ended).toEqual([null, "SIGKILL"]);
    expect(readFileSync(effects, "utf8")).toBe("5\n");

    const second = start("");
    const doubt = await nextAsked(desk);
    expect(doubt).toMatchObject({ kind: "outcome_unknown", tool: "pay" });
    await desk.decide(doubt.approvalId, yes({ decision: "rejected", message: "It was paid" }));
    const ended = await second.ended;
    expect(ended, await second.failed).toEqual([0, null]);
    expect(await second.said).toContain("It was paid");
    expect(readFileSync(effects, "utf8")).toBe("5\n");
  }, 120_000);
});
