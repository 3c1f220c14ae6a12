import { fileURLToPath } from "node:url";

import { build } from "esbuild";

import {
  measureAll,
  ratioOfRounds,
  type BenchOptions,
  type Section,
  type Target,
} from "../harness.ts";

interface Over {
  subject: string;
  limit: number;
}

const BUNDLED = "minimal, bundled";

const bench = fileURLToPath(new URL("..", import.meta.url));
const store = ["--store", "DIR/runs.db"];
const filesystem = "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js";

const servers = [
  { label: "holdpoint", args: ["../dist/cli/holdpoint.js", "serve", ...store] },
  { label: "minimal", args: ["servers/minimal.js"] },
  { label: BUNDLED, args: ["build/minimal-bundle.mjs"] },
  { label: "server-filesystem", args: [filesystem, "DIR"] },
];

/** What a person waits for when a host starts a server: the process, `initialize`, `tools/list`. */
export async function coldStart({ isQuick, repetitions }: BenchOptions): Promise<Section> {
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
  const rows = await measureAll(
    [...cases, bare],
    isQuick ? repetitions : Math.max(7, 2 * repetitions),
  );
  const at = (subject: string, figure: string) => ({ subject, size: "", figure });
  const over = (text: string, figure: string, { subject, limit }: Over): Target => ({
    text: `${text}, ours over the ${subject} server's`,
    is: "most",
    limit,
    ...ratioOfRounds(rows, at("holdpoint", figure), at(subject, figure)),
  });
  return {
    title: "Cold start and memory at rest of an MCP server",
    rows,
    targets: [
      over("initialize", "initializeMs", { subject: "minimal", limit: 0.65 }),
      over("initialize", "initializeMs", { subject: BUNDLED, limit: 1.1 }),
      over("memory at rest", "rssMb", { subject: BUNDLED, limit: 1.1 }),
      {
        text: "kB of tools/list",
        is: "most",
        limit: 10,
        ...ratioOfRounds(rows, at("holdpoint", "toolsKb")),
      },
    ],
    notes: [
      "Each on an empty directory, started before: with the compile cache that it brings itself, if any.",
    ],
  };
}
