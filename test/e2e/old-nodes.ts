import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const NEEDED_MAJOR = 22;

/** Says that this Node is another one: where no old one is installed, that is as near as it gets. */
const pretender = [
  process.execPath,
  "--import",
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.19.0"}})',
];

/** Ways to run something on a Node that is too old: those installed here, and one that pretends. */
export function oldNodes(): { name: string; node: readonly string[] }[] {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((directory) => join(directory, "node"))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, version: execFileSync(path, ["--version"], { encoding: "utf8" }) }))
    .find(({ version }) => Number(/^v(\d+)/.exec(version)?.[1]) < NEEDED_MAJOR);
  const pretending = { name: "a Node that says it is old", node: pretender };
  if (found === undefined) return [pretending];
  return [{ name: `Node ${found.version.trim()}`, node: [found.path] }, pretending];
}
