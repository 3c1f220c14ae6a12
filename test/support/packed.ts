import { chmod, mkdir, readFile, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "vitest";

import { runProgram } from "./command.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What npm and npx are given: the Node of the tests, whatever else is installed. */
export function packEnv(): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
    npm_config_cache: process.env["npm_config_cache"] ?? "",
    npm_config_update_notifier: "false",
  };
}

/** Packs what is built, as it would be published. @returns the file, and the paths in it */
export async function packInto(folder: string): Promise<{ tarball: string; paths: string[] }> {
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const { stdout } = await runProgram("npm", args, { cwd: root, env: packEnv() });
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  if (packed === undefined) throw new Error("npm packed nothing");
  return { tarball: join(folder, packed.filename), paths: packed.files.map(({ path }) => path) };
}

/**
 * Puts a package among the modules of a project as npm does, without asking a registry: what it
 * depends on is what is installed here, and nothing else can be found.
 */
export async function unpack(tarball: string, modules: string): Promise<void> {
  const place = join(modules, "holdpoint");
  await mkdir(place, { recursive: true });
  const unpacked = await runProgram("tar", ["-xzf", tarball, "-C", place, "--strip-components=1"]);
  expect(unpacked.exitCode, unpacked.stderr).toBe(0);
  const { bin, dependencies } = JSON.parse(await readFile(join(place, "package.json"), "utf8")) as {
    bin: { holdpoint: string };
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, "node_modules", name), join(modules, name));
  }
  await mkdir(join(modules, ".bin"));
  await chmod(join(place, bin.holdpoint), 0o755);
  await symlink(join(place, bin.holdpoint), join(modules, ".bin/holdpoint"));
}
