import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: "test/support/global-guard.ts",
    isolate: false,
    testTimeout: 30_000,
  },
});
