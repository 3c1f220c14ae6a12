import { join } from "node:path";

import { expect, it } from "vitest";

import { commandFile, runProgram } from "../support/command.ts";
import { peerFile } from "../support/peers.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const inspector = peerFile("@modelcontextprotocol/inspector/clients/launcher/build/index.js");
const tempDirectory = useTempDirectory();

it("the MCP Inspector finds nothing to complain about, and can run an agent", async () => {
  const server = [commandFile, "serve", "--store", join(await tempDirectory(), "runs.db")];
  const inspect = (...options: string[]) =>
    runProgram(process.execPath, [
      ...[inspector, "--cli", "--format", "json", "-q", ...options],
      ...[process.execPath, ...server],
    ]);

  const listed = await inspect("--method", "tools/list", "--strict");
  expect(listed).toMatchObject({ exitCode: 0, stderr: "" });
  const { result } = JSON.parse(listed.stdout) as { result: { tools: { name: string }[] } };
  expect(result.tools.map(({ name }) => name)).toContain("run_agent");

  const input = JSON.stringify({ input: "What is the temperature in Oakland?" });
  const called = await inspect(
    ...["--method", "tools/call", "--tool-name", "run_agent", "--tool-args-json", input],
  );
  expect(called.exitCode).toBe(0);
  expect(JSON.parse(called.stdout)).toMatchObject({
    result: { structuredContent: { status: "awaiting_approval", pending_count: 1 } },
  });
});
