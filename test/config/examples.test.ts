import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { loadConfig } from "../../src/config/load-config.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

it("the README's configuration is valid", async () => {
  const readme = await readFile(join(import.meta.dirname, "../../README.md"), "utf8");
  const [, text = ""] = /```jsonc\n(.*?)```/s.exec(readme) ?? [];
  const directory = await tempDirectory();
  await mkdir(join(directory, "notes"));
  await writeFile(join(directory, "clerk.md"), "Keep the notes.");
  const file = join(directory, "holdpoint.json");
  await writeFile(file, text);
  const { agents } = loadConfig(file, { env: { TRACKER_TOKEN: "t" } });
  expect(agents.map(({ name }) => name)).toEqual(["Clerk", "Tracker"]);
});
