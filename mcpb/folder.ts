// `node mcpb/folder.ts FOLDER` puts together what a bundle for Claude Desktop holds; `mcpb pack` of
// @anthropic-ai/mcpb makes one file of it. `dist` has to be built.
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const [target] = process.argv.slice(2);
if (target === undefined) throw new Error("Say where to: node mcpb/folder.ts FOLDER");

const { name, version, license } = readJson("package.json");
const manifest = readJson("mcpb/manifest.json");
write("manifest.json", { ...manifest, version });
write("package.json", { name, version, license, type: "module" });
// What only compilers read stays out. The client of OpenAI is no part of the bundle in dist.
for (const file of [
  ...globSync("dist/**/*.{js,json,html,css,txt}", { cwd: root }),
  ...globSync("node_modules/openai/**/*.mjs", { cwd: root }),
  "node_modules/openai/package.json",
  "node_modules/openai/LICENSE",
  "holdpoint.schema.json",
  "LICENSE",
]) {
  cpSync(join(root, file), join(target, file));
}

function readJson(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, file), "utf8")) as Record<string, unknown>;
}

function write(file: string, value: object): void {
  mkdirSync(target ?? "", { recursive: true });
  writeFileSync(join(target ?? "", file), `${JSON.stringify(value, undefined, 2)}\n`);
}
