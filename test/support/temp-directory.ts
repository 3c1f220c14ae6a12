import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

import { assertNoCanaryBelow } from "./canaries.ts";

/**
 * Makes empty directories that are gone after the test, which fails when the product left a planted
 * secret there; to be called where tests are declared.
 */
export function useTempDirectory(): () => Promise<string> {
  const directories: string[] = [];
  afterEach(async () => {
    const made = directories.splice(0);
    try {
      for (const path of made) assertNoCanaryBelow(path);
    } finally {
      await Promise.all(
        made.map((path) => rm(path, { recursive: true, force: true, maxRetries: 5 })),
      );
    }
  });
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), "holdpoint-"));
    directories.push(directory);
    return directory;
  };
}
