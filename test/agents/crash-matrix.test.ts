import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { answerAll, openCrashSite, type CrashPoint } from "../support/crash-site.ts";
import { placeKinds, usePlaces, type PlaceKind } from "../support/places.ts";
import { useTempDirectory } from "../support/temp-directory.ts";
import { sample } from "../support/thorough.ts";

const script = fileURLToPath(new URL("./crash-process.ts", import.meta.url));

/**
 * The most entries that the run has when nothing interrupts it: one fewer where the decision comes
 * before its lease is let go, which a store that answers sooner or later makes of it.
 */
const MOST_ENTRIES = 13;

const points: CrashPoint[] = [
  ...Array.from({ length: MOST_ENTRIES }, (_, seq) => seq),
  "before the effect",
  "after the effect",
];

/** How many processes are killed on a store in PostgreSQL; the suite tries every second point. */
const KILLS = Number(process.env["HOLDPOINT_TEST_KILLS"] ?? 0);
const rounds = Math.max(1, Math.ceil(KILLS / points.length));
const killsIn = (kind: PlaceKind): { point: CrashPoint; round: number }[] =>
  kind === "SQLite"
    ? points.map((point) => ({ point, round: 1 }))
    : Array.from({ length: rounds }, (_, round) =>
        (KILLS > 0 ? points : sample(points, 2)).map((point) => ({ point, round: round + 1 })),
      ).flat();

describe.each(placeKinds)("a process that is killed, on a store in %s,", (kind) => {
  const tempDirectory = useTempDirectory();
  const makePlace = usePlaces(kind);

  const crash = async (point: CrashPoint | "never") => {
    const place = await makePlace();
    const effects = join(await tempDirectory(), "effects");
    writeFileSync(effects, "");
    const child = spawn(process.execPath, [script, place, effects, String(point)], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    const paid = (): string[] => readFileSync(effects, "utf8").split("\n").filter(Boolean);
    return { place, effects, signal, paid };
  };

  it("can be killed behind each of the entries of a run", async () => {
    const { place, effects, signal, paid } = await crash("never");
    expect(signal).toBeNull();
    const service = await openCrashSite({ place, effects });
    const { runs } = await service.list({ limit: 10 });
    expect(runs).toMatchObject([{ status: "completed" }]);
    // Else there would be entries behind which nobody is killed.
    expect(runs[0]?.length).toBeLessThanOrEqual(MOST_ENTRIES);
    await service.close();
    expect(paid()).toEqual(["1"]);
  });

  it.each(killsIn(kind))(
    "at $point leaves a run that another completes, with one effect (round $round)",
    async ({ point }) => {
      const { place, effects, signal, paid } = await crash(point);
      const before = paid().length;
      const service = await openCrashSite({ place, effects });
      const { runs } = await service.list({ limit: 10 });
      expect(runs).toHaveLength(1);
      // One that ended with fewer entries came by no such point.
      const isBehindEnd = Number(point) >= (runs[0]?.length ?? 0);
      expect(signal).toBe(isBehindEnd ? null : "SIGKILL");
      service.recover();
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
