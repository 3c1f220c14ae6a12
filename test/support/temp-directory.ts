import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";

/** Makes empty directories that are gone after the test; to be called where tests are declared. */
export function useTempDirectory(): () => Promise<string> {
  const directories: string[] = [];
  afterEach(async () => {
    await Promise.all(
      directories.splice(0).map((path) => rm(path, { recursive: true, force: true })),
    );
  });
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), "holdpoint-"));
    directories.push(directory);
    return directory;
  };
}
