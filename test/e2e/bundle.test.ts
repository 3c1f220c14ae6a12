import { readFileSync, statSync } from "node:fs";
import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { commandNames } from "../../src/cli/literals.ts";
import { packageVersion } from "../../src/app/package-version.ts";
import { browserPath, useBrowser } from "../support/browser.ts";
import { runProgram } from "../support/command.ts";
import { peerFile } from "../support/peers.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const root = join(import.meta.dirname, "../..");
const tempDirectory = useTempDirectory();
const openPage = useBrowser();
const mcpb = peerFile("@anthropic-ai/mcpb/dist/cli/cli.js");

interface Manifest {
  version: string;
  server: { mcp_config: { command: string; args: string[]; env: Record<string, string> } };
}

/** Makes the bundle as it is given out, and unpacks it as a host does. */
async function unpackBundle(): Promise<{ file: string; unpacked: string; manifest: Manifest }> {
  const folder = join(await tempDirectory(), "made");
  const file = join(await tempDirectory(), "holdpoint.mcpb");
  const unpacked = join(await tempDirectory(), "unpacked");
  for (const args of [
    [join(root, "mcpb/folder.ts"), folder],
    [mcpb, "validate", join(folder, "manifest.json")],
    [mcpb, "pack", folder, file],
    [mcpb, "unpack", file, unpacked],
  ]) {
    const ran = await runProgram(process.execPath, args);
    expect(ran.exitCode, ran.stderr + ran.stdout).toBe(0);
  }
  const manifest = JSON.parse(readFileSync(join(unpacked, "manifest.json"), "utf8")) as Manifest;
  return { file, unpacked, manifest };
}

/** Starts it as its host does, with what somebody filled in; nothing is of what they left. */
async function startBundle(
  { unpacked, manifest }: { unpacked: string; manifest: Manifest },
  { home, args, env = {} }: { home: string; args?: string[]; env?: Record<string, string> },
): Promise<Client> {
  const { args: own, env: ofManifest } = manifest.server.mcp_config;
  const client = new Client({ name: "claude-ai", version: "0.1.0" });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: (args ?? own).map((arg) => arg.replace("${__dirname}", unpacked)),
    // As a host leaves what nobody filled in.
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      XDG_STATE_HOME: home,
      ...ofManifest,
      HOLDPOINT_MODEL: "offline",
      ...env,
    },
    cwd: home,
    stderr: "ignore",
  });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return client;
}

const input = "What is the temperature in Oakland?";

it("the bundle for Claude Desktop is valid, and starts with nothing filled in", async () => {
  const bundle = await unpackBundle();
  expect(statSync(bundle.file).size).toBeLessThan(5_000_000);
  expect(bundle.manifest.version).toBe(packageVersion());
  const args = bundle.manifest.server.mcp_config.args.map((arg) =>
    arg.replace("--inbox=open", "--inbox"),
  );
  const client = await startBundle(bundle, { home: await tempDirectory(), args });
  const ran = await client.callTool({ name: "run_agent", arguments: { input } });
  expect(ran.structuredContent).toMatchObject({ status: "awaiting_approval" });
}, 90_000);

it.runIf(process.platform === "linux" && browserPath !== undefined)(
  "who has only the bundle, and no terminal, decides what waits for a person in the browser that it opens",
  async () => {
    const home = await realpath(await tempDirectory());
    const opened = join(home, "opened");
    const bin = join(home, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "xdg-open"), `#!/bin/sh\necho "$@" >> '${opened}'\n`, {
      mode: 0o755,
    });
    const config = join(home, "holdpoint.json");
    await writeFile(config, JSON.stringify({ approvers: { default: "person" } }));
    const client = await startBundle(await unpackBundle(), {
      home,
      env: { HOLDPOINT_CONFIG: config, PATH: `${bin}:${process.env["PATH"] ?? ""}` },
    });
    const ran = await client.callTool({ name: "run_agent", arguments: { input } });
    const { run_id } = ran.structuredContent as { run_id: string };
    const output = async (): Promise<string> => {
      const got = await client.callTool({ name: "get_run", arguments: { run_id } });
      return String((got.structuredContent as Record<string, unknown>)["output"] ?? "");
    };

    const page = await openPage({ viewport: { width: 1280, height: 800 } });
    const address = async (): Promise<string> =>
      (await readFile(opened, "utf8").catch(() => "")).trim();
    await expect.poll(address, { timeout: 15_000 }).toMatch(/^file:/);
    await page.goto(await address());
    await page
      .getByRole("article")
      .getByRole("heading", { name: /get_temperature/ })
      .waitFor();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("button", { name: "Send now" }).click();
    await page.locator(".toast", { hasText: "Sent" }).waitFor();
    await expect.poll(output, { timeout: 45_000 }).toContain("Oakland");
  },
  // Less than a minute for a person; the bundle is made before.
  120_000,
);

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
    expect(commandNames).toContain(each.packageArguments[0]?.value);
  }
});
