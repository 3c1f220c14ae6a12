import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import { figureOf, measureAll, ratioOf, type BenchOptions, type Section } from "../harness.ts";

const bench = fileURLToPath(new URL("..", import.meta.url));
const store = ["--store", "DIR/runs.db"];
const filesystem = "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js";

const servers = [
  { label: "holdpoint", args: ["../dist/cli/holdpoint.js", "serve", ...store] },
  { label: "minimal", args: ["servers/minimal.js"] },
  { label: "minimal, bundled", args: ["build/minimal-bundle.mjs"] },
  { label: "server-filesystem", args: [filesystem, "DIR"] },
];

/** What a person waits for when a host starts a server: the process, `initialize`, `tools/list`. */
export async function coldStart({ repetitions }: BenchOptions): Promise<Section> {
  await build({
    absWorkingDir: bench,
    entryPoints: ["servers/minimal.js"],
    outfile: "build/minimal-bundle.mjs",
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  const cases = servers.map(({ label, args }) => ({
    label,
    subject: "servers",
    task: "start",
    size: "",
    parameters: { args },
  }));
  const bare = {
    label: "node -e ''",
    subject: "servers",
    task: "bareNode",
    size: "",
    parameters: {},
  };
  const rows = await measureAll([...cases, bare], Math.max(7, 2 * repetitions));
  const at = (subject: string, figure: string) => figureOf(rows, { subject, size: "", figure });
  const over = (subject: string, figure: string) =>
    ratioOf(at("holdpoint", figure), at(subject, figure));
  return {
    title: "Cold start and memory at rest of an MCP server",
    rows,
    targets: [
      {
        text: "initialize, ours over the plain minimal server's",
        is: "most",
        limit: 1,
        ratio: over("minimal", "initializeMs"),
      },
      {
        text: "tools/list, ours over the plain minimal server's",
        is: "most",
        limit: 1,
        ratio: over("minimal", "toolsMs"),
      },
    ],
    notes: [
      "Each on an empty directory, started before: with the compile cache that it brings itself, if any.",
    ],
  };
}
