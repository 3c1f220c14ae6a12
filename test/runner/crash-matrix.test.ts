import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { answerAll, openCrashSite, type CrashPoint } from "../support/crash-site.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const script = fileURLToPath(new URL("../support/crash-process.ts", import.meta.url));

/** The entries of the run when nothing interrupts it. */
const LENGTH = 13;

const points: CrashPoint[] = [
  ...Array.from({ length: LENGTH }, (_, seq) => seq),
  "before the effect",
  "after the effect",
];

describe("a process that is killed", () => {
  const tempDirectory = useTempDirectory();

  const crash = async (point: CrashPoint | "never") => {
    const directory = await tempDirectory();
    const path = join(directory, "runs.db");
    const effects = join(directory, "effects");
    writeFileSync(effects, "");
    const child = spawn(process.execPath, [script, path, effects, String(point)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    const paid = (): string[] => readFileSync(effects, "utf8").split("\n").filter(Boolean);
    return { path, effects, signal, paid };
  };

  it("can be killed behind each of the entries of a run", async () => {
    const { path, effects, signal, paid } = await crash("never");
    expect(signal).toBeNull();
    const service = await openCrashSite({ path, effects });
    const { runs } = await service.list({ limit: 10 });
    expect(runs).toMatchObject([{ status: "completed", length: LENGTH }]);
    await service.close();
    expect(paid()).toEqual(["1"]);
  });

  it.each(points.map((point) => ({ point })))(
    "at $point leaves a run that another completes, with one effect",
    async ({ point }) => {
      const { path, effects, signal, paid } = await crash(point);
      expect(signal).toBe("SIGKILL");
      const before = paid().length;
      const service = await openCrashSite({ path, effects });
      service.recover();
      const { runs } = await service.list({ limit: 10 });
      expect(runs).toHaveLength(1);
      const runId = runs[0]?.runId ?? ("" as RunId);
      const report = await answerAll(service, runId, () => before === 1);
      expect(report).toMatchObject({ status: "completed" });
      expect(await service.audit(runId)).toEqual([
        expect.not.objectContaining({ problem: expect.anything() }),
      ]);
      await service.close();
      expect(paid()).toEqual(["1"]);
    },
  );
});
