import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { answerAll, openCrashSite } from "../support/crash-site.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const script = fileURLToPath(new URL("./anchor-crash-process.ts", import.meta.url));
const tempDirectory = useTempDirectory();

/** Runs a process that kills itself in place of so many-th write of an anchor. */
async function crash(count: number, isNamedElsewhere: boolean) {
  const directory = await tempDirectory();
  const [place, stateDirectory] = [join(directory, "runs.db"), join(directory, "state")];
  if (isNamedElsewhere) {
    const other = join(directory, "state of another user");
    const store = await openSqliteRunStore({
      path: place,
      stateDirectory: other,
      log: { info() {}, warn() {} },
    });
    await store.close();
  }
  const effects = join(directory, "effects");
  writeFileSync(effects, "");
  const given = [place, stateDirectory, effects, String(count)];
  const child = spawn(process.execPath, [script, ...given], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  const paid = (): string[] => readFileSync(effects, "utf8").split("\n").filter(Boolean);
  return { place, stateDirectory, effects, signal, paid };
}

it.each([
  { of: "an own store", isNamedElsewhere: false },
  { of: "a store of another user", isNamedElsewhere: true },
])(
  "a process that is killed between a commit of $of and its anchor raises no alarm, and its run goes on",
  async ({ isNamedElsewhere }) => {
    for (let count = 1; ; count += 1) {
      // Each is another place in the life of a run.
      // oxlint-disable-next-line no-await-in-loop
      const { signal, paid, ...site } = await crash(count, isNamedElsewhere);
      if (signal === null) {
        expect(paid()).toEqual(["1"]);
        // The file's first line, before the body, and at the end; others share a write within 20 ms.
        expect(count).toBeGreaterThan(3);
        return;
      }
      const said: string[] = [];
      const log = { info() {}, warn: (line: string) => void said.push(line) };
      const before = paid().length;
      const service = await openCrashSite({ ...site, log });
      service.recover();
      const { runs } = await service.list({ limit: 10 });
      const runId = runs[0]?.runId ?? ("" as RunId);
      const report = await answerAll(service, runId, () => before === 1);
      const { store, runs: audited } = await service.auditWhole({});
      await service.close();
      expect({ count, signal, status: report.status, hold: report.hold, paid: paid() }).toEqual({
        count,
        signal: "SIGKILL",
        status: "completed",
        hold: undefined,
        paid: ["1"],
      });
      expect(said.filter((line) => /older copy|on hold/.test(line))).toEqual([]);
      expect(store).toEqual({});
      expect(audited).toEqual([expect.not.objectContaining({ problem: expect.anything() })]);
    }
  },
  120_000,
);
