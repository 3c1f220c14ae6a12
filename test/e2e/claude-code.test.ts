import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { hasClaudeCode, runClaudeCode } from "../support/claude-code.ts";
import { commandFile } from "../support/command.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { hasTerminal } from "../support/pty.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();

it.runIf(hasClaudeCode && hasTerminal)(
  "the shell of the real Claude Code is no person, with a pipe and with a terminal of its making",
  async () => {
    const directory = await tempDirectory();
    const payments = await writePaymentsFile(directory);
    const config = join(directory, "holdpoint.json");
    await writeFile(config, JSON.stringify({ approvers: { default: "person" } }));
    const store = join(directory, "runs.db");
    const server = await serve({
      args: ["--config", config, "--agents", payments.file, "--store", store],
    });
    const { approval } = await server.startPaused({ input: 'pay {"amount": 5}' });
    const words = [process.execPath, commandFile, "approve", approval.approval_id];
    const approve = [...words, "--store", store].join(" ");
    const told = await runClaudeCode(
      [`${approve} --yes`, `printf 'y\\n' | script -qec '${approve}' /dev/null`],
      { home: await tempDirectory() },
    );
    expect(told).toContain("a pipe or another program is no person");
    expect(told.replaceAll(/\\[rn]|\s/g, " ").replaceAll(/ +/g, " ")).toMatch(
      /runs below Claude Code \(process \d+\)/,
    );
    expect(await readEffects(payments.effects)).toEqual([]);
    expect(await server.call("list_pending_approvals")).toMatchObject({ count: 1 });
  },
  120_000,
);
