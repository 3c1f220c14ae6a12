import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/global-guard.ts",
    isolate: false,
    // Vitest leaves one core to itself, which is half of the machine where there are two.
    maxWorkers: "100%",
    testTimeout: 30_000,
  },
});
