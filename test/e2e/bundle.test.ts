import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, it } from "vitest";
import { z } from "zod";

import { verbs } from "../../src/cli/verbs.ts";
import { packageVersion } from "../../src/package-version.ts";
import { runProgram } from "../support/command.ts";
import { peerFile } from "../support/peers.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const root = join(import.meta.dirname, "../..");
const tempDirectory = useTempDirectory();
const mcpb = peerFile("@anthropic-ai/mcpb/dist/cli/cli.js");

interface Manifest {
  version: string;
  server: { mcp_config: { command: string; args: string[]; env: Record<string, string> } };
}

it("the bundle for Claude Desktop is valid, and starts with nothing filled in", async () => {
  const folder = join(await tempDirectory(), "made");
  const file = join(await tempDirectory(), "holdpoint.mcpb");
  const unpacked = join(await tempDirectory(), "unpacked");
  const home = await tempDirectory();
  for (const args of [
    [join(root, "mcpb/folder.ts"), folder],
    [mcpb, "validate", join(folder, "manifest.json")],
    [mcpb, "pack", folder, file],
    [mcpb, "unpack", file, unpacked],
  ]) {
    const ran = await runProgram(process.execPath, args);
    expect(ran.exitCode, ran.stderr + ran.stdout).toBe(0);
  }
  expect(statSync(file).size).toBeLessThan(5_000_000);
  const manifest = JSON.parse(readFileSync(join(unpacked, "manifest.json"), "utf8")) as Manifest;
  expect(manifest.version).toBe(packageVersion());
  const { args, env } = manifest.server.mcp_config;
  const client = new Client({ name: "claude-ai", version: "0.1.0" });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: args.map((arg) =>
      arg.replace("${__dirname}", unpacked).replace("--inbox=open", "--inbox"),
    ),
    // As a host leaves what nobody filled in.
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      XDG_STATE_HOME: home,
      ...env,
      HOLDPOINT_MODEL: "offline",
    },
    cwd: home,
    stderr: "ignore",
  });
  await client.connect(transport);
  const input = "What is the temperature in Oakland?";
  const ran = await client.callTool({ name: "run_agent", arguments: { input } });
  await client.close();
  expect(ran.structuredContent).toMatchObject({ status: "awaiting_approval" });
}, 90_000);

/** What the registry's schema of 2025-12-11 asks of what we say in it. */
const argument = z.strictObject({ type: z.literal("positional"), value: z.string() });
const variable = z.strictObject({
  name: z.string(),
  description: z.string(),
  isSecret: z.boolean().optional(),
  default: z.string().optional(),
  format: z.enum(["string", "number", "boolean", "filepath"]).optional(),
});
const serverJson = z.strictObject({
  $schema: z.literal(
    "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
  ),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  description: z.string().min(1).max(100),
  version: z.string().max(255),
  packages: z.array(
    z.strictObject({
      registryType: z.literal("npm"),
      identifier: z.literal("holdpoint"),
      version: z.string().regex(/^\d+\.\d+\.\d+$/),
      runtimeHint: z.literal("npx"),
      transport: z.strictObject({ type: z.literal("stdio") }),
      packageArguments: z.array(argument),
      environmentVariables: z.array(variable),
    }),
  ),
});

it("what the registry of MCP servers is told has its form, and is of this version", () => {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));
  const { name, version, packages } = serverJson.parse(read("server.json"));
  expect(read("package.json")).toMatchObject({ mcpName: name, version });
  for (const each of packages) {
    expect(each.version).toBe(version);
    expect(Object.keys(verbs)).toContain(each.packageArguments[0]?.value);
  }
});
