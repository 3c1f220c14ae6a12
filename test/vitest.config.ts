import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";

import { leftOutFiles } from "./sampled-files.ts";

/** What the tests are tried against is installed apart: `npm run peers`. */
const peers = fileURLToPath(new URL("peers/node_modules/", import.meta.url));

const leftOut = leftOutFiles(process.argv.slice(2), process.env, Date.now());
if (leftOut.length > 0) {
  process.stdout.write(
    `${leftOut.length} slow test files have their turn on another day: HOLDPOINT_TEST_FILES=all npm test runs all\n`,
  );
}

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  resolve: {
    alias: {
      "@ai-sdk/anthropic": `${peers}@ai-sdk/anthropic/dist/index.js`,
      "@ai-sdk/google": `${peers}@ai-sdk/google/dist/index.js`,
      "@ai-sdk/openai": `${peers}@ai-sdk/openai/dist/index.js`,
      "@modelcontextprotocol/client/stdio": `${peers}@modelcontextprotocol/client/dist/stdio.mjs`,
      "@modelcontextprotocol/client": `${peers}@modelcontextprotocol/client/dist/index.mjs`,
      "@openai/agents-extensions/ai-sdk": `${peers}@openai/agents-extensions/dist/ai-sdk/index.mjs`,
      "@openai/agents": `${peers}@openai/agents/dist/index.mjs`,
      "playwright-core": `${peers}playwright-core/index.mjs`,
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**", ...leftOut],
    globalSetup: "test/support/global-guard.ts",
    isolate: false,
    // Vitest leaves one core to itself, which is half of the machine where there are two.
    maxWorkers: "100%",
    testTimeout: 30_000,
    // Where nobody looks on, a machine that stands still for half a minute is no fault of the code;
    // what was asserted and did not hold is one, at the first time.
    retry: process.env["CI"] === "true" ? { count: 1, condition: /^Test timed out/ } : 0,
  },
});
