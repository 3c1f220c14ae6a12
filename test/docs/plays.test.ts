import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { text as readAll } from "node:stream/consumers";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterEach, describe, expect, it } from "vitest";

import { packageVersion } from "../../src/app/package-version.ts";
import { hasClaudeCode } from "../support/claude-code.ts";
import { commandFile, holdpoint, runProgram } from "../support/command.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { startOpenAiStandIn, type OpenAiStandIn } from "../support/openai-stand-in.ts";
import { peerFile } from "../support/peers.ts";
import { useTempDirectory } from "../support/temp-directory.ts";
import { blocks, root, shellLines } from "./blocks.ts";
import { makeProject } from "./project.ts";

const tempDirectory = useTempDirectory();
const startServer = useMcpServers();

/** Commands of shell blocks that are not run below, and what runs them, or why nothing does. */
const elsewhere: Readonly<Record<string, string>> = {
  "npm ci && npm run demo": "installs over the network; the demo is played by test/e2e/command",
  "npm ci && npm test": "is what runs this",
  "npm pack": "test/e2e/package, without what it installs over the network",
  [`npm install --global ./holdpoint-${packageVersion()}.tgz`]:
    "installs over the network; the package in a project is played by test/e2e/package",
  "npx holdpoint connect --dry-run": "test/docs/blocks",
  "npx holdpoint connect": "test/docs/blocks",
  "npx holdpoint inbox": "test/e2e/open-inbox",
  "npx holdpoint doctor": "test/docs/blocks",
  'npx holdpoint run "What is the temperature in Oakland?"': "test/docs/blocks",
  "npx holdpoint init --from claude_desktop_config.json": "test/docs/blocks",
  "npx holdpoint serve": "test/docs/blocks, in the pipe",
  "holdpoint serve  --store postgres://... --agents agents.ts --source payments --no-work":
    "test/e2e/workers, with a server of PostgreSQL",
  "holdpoint worker --store postgres://... --agents agents.ts --source payments --slots 16":
    "test/e2e/workers, with a server of PostgreSQL",
};

const played = new Set<string>();

/** A command of the pages, with this program for `holdpoint`; it must be on one of them, as it is. */
function shell(command: string, changes: Readonly<Record<string, string>> = {}): string {
  expect(shellLines).toContain(command);
  played.add(command);
  const own = `"${process.execPath}" "${commandFile}"`;
  return Object.entries(changes)
    .reduce((line, [from, to]) => line.replace(from, to), command)
    .replace("npx holdpoint", own);
}

/** The words after `holdpoint` of a command of the pages. */
function wordsOf(command: string): string[] {
  const words = shell(command).matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g);
  return [...words].map(([, one, two, bare]) => one ?? two ?? bare ?? "").slice(2);
}

function program(page: string, start: string): string {
  const found = blocks.find((block) => block.page === page && block.text.includes(start));
  expect(found, `${page} has a block with ${start}`).toBeDefined();
  return found?.text ?? "";
}

async function makePlace(): Promise<{ folder: string; env: Record<string, string> }> {
  const folder = makeProject(await tempDirectory());
  const env = { HOME: folder, XDG_STATE_HOME: join(folder, "state"), XDG_CONFIG_HOME: "" };
  return { folder, env };
}

const standIns: OpenAiStandIn[] = [];
afterEach(async () => {
  await Promise.all(standIns.splice(0).map((each) => each.close()));
});

async function standIn(): Promise<OpenAiStandIn> {
  const api = await startOpenAiStandIn();
  standIns.push(api);
  return api;
}

const refundCall = {
  message: {
    role: "assistant",
    content: null,
    tool_calls: [
      {
        id: "call_1",
        type: "function",
        function: { name: "refund_order", arguments: '{"orderId":"17","cents":9900}' },
      },
    ],
  },
};
const done = { message: { role: "assistant", content: "Done." } };
const asked = { input: "What is the temperature in Oakland?" };

describe("what the pages say to type", () => {
  it("serves an inbox", async () => {
    const { folder: cwd, env } = await makePlace();
    const server = await startServer({
      args: wordsOf("npx holdpoint serve --inbox").slice(1),
      env,
      cwd,
    });
    await server.startPaused(asked);
    expect(server.stderr()).toContain("the inbox is at http://localhost:");
  });

  it("tells of what waits with curl", async () => {
    const { folder: cwd, env } = await makePlace();
    const told: string[] = [];
    const topic = createServer((request, response) => {
      void readAll(request).then((body) => {
        told.push(body);
        response.end();
      });
    });
    topic.listen(0, "127.0.0.1");
    await once(topic, "listening");
    const { port } = topic.address() as AddressInfo;
    const command = "npx holdpoint serve --inbox --notify 'curl -s -d @- https://ntfy.sh/my-topic'";
    const args = wordsOf(command).map((word) =>
      word.replace("https://ntfy.sh", `http://127.0.0.1:${port}`),
    );
    const server = await startServer({ args: args.slice(1), env, cwd });
    const { approval } = await server.startPaused(asked);
    await expect.poll(() => told.join(), { timeout: 20_000 }).toContain(approval.approval_id);
    topic.closeAllConnections();
    topic.close();
  });

  it("tells of what waits with a script", async () => {
    const { folder: cwd, env } = await makePlace();
    writeFileSync(join(cwd, "to-slack.sh"), "#!/bin/sh\ncat > told.json\n", { mode: 0o755 });
    const args = wordsOf("npx holdpoint serve --notify './to-slack.sh'").slice(1);
    const server = await startServer({ args, env, cwd });
    const { approval } = await server.startPaused(asked);
    const told = join(cwd, "told.json");
    await expect
      .poll(() => (existsSync(told) ? readFileSync(told, "utf8") : ""), { timeout: 20_000 })
      .toContain(approval.approval_id);
  });

  it("ends a job while its run waits, and goes on with it in a later one", async () => {
    const { folder: cwd, env } = await makePlace();
    writeFileSync(join(cwd, "release.ts"), program("docs/cookbook.md", 'name: "Refunds"'));
    const api = await standIn();
    api.reply(refundCall, done);
    const keys = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: api.url, OPENAI_API: "chat" };
    const means = { cwd, env: { ...env, ...keys, DATABASE_URL: join(cwd, "runs.db") } };
    const agents = '--agents release.ts --store "$DATABASE_URL" < /dev/null';
    const first = await runProgram(
      "sh",
      ["-c", shell(`npx holdpoint run "Release 4.2" ${agents}`)],
      means,
    );
    expect(first.exitCode, first.stderr).toBe(2);
    const [approvalId = ""] = /apr_[\w-]{22}/.exec(first.stdout + first.stderr) ?? [];
    const [runId = ""] = /run_[\w-]{22}/.exec(first.stdout + first.stderr) ?? [];
    const yes = [
      "approve",
      approvalId,
      "--yes",
      "--typed",
      "99.00",
      "--store",
      join(cwd, "runs.db"),
    ];
    const approved = await holdpoint(yes, means);
    expect(approved.exitCode, approved.stderr + first.stdout).toBe(0);
    const second = await runProgram(
      "sh",
      ["-c", shell(`npx holdpoint resume run_4KX ${agents}`, { run_4KX: runId })],
      means,
    );
    expect(second).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Done.") });
  });

  it("serves an agent of a file, as it stands on each page", async () => {
    const args = wordsOf("npx holdpoint serve --agents refunds.ts --inbox").slice(1);
    for (const page of ["docs/cookbook.md", "docs/library.md"]) {
      const { folder: cwd, env } = await makePlace();
      writeFileSync(join(cwd, "refunds.ts"), program(page, 'name: "Refunds"'));
      const api = await standIn();
      api.reply(refundCall, done);
      const keys = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: api.url, OPENAI_API: "chat" };
      const server = await startServer({ args, env: { ...env, ...keys }, cwd });
      const { approval } = await server.startPaused({ input: "Refund order 17." });
      const ended = await server.call("approve", { ...approval });
      expect(ended).toMatchObject({ run: { status: "completed", output: "Done." } });
      const told = JSON.stringify(api.requests.at(-1)?.body);
      expect(told).toMatch(/Refunded 9900 cents on 17 \(run_/);
    }
  });

  it("talks with a model of Ollama", async () => {
    const { folder: cwd, env } = await makePlace();
    const api = await standIn();
    api.reply({ message: { role: "assistant", content: "Good day." } });
    const chatted = await runProgram(
      "sh",
      ["-c", shell("HOLDPOINT_MODEL=ollama/llama3.2 npx holdpoint chat")],
      { cwd, env: { ...env, OLLAMA_HOST: new URL(api.url).host }, input: "Hello\n" },
    );
    expect(chatted).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Good day.") });
    expect(api.requests[0]).toMatchObject({ body: { model: "llama3.2" } });
  });

  it("knows Claude by name and key; who would answer is not here", async () => {
    const { folder: cwd, env } = await makePlace();
    const command =
      "ANTHROPIC_API_KEY=... HOLDPOINT_MODEL=anthropic/claude-sonnet-4-5 npx holdpoint chat";
    shell(command);
    const keys = { ANTHROPIC_API_KEY: "k", HOLDPOINT_MODEL: "anthropic/claude-sonnet-4-5" };
    const looked = await holdpoint(["doctor"], { cwd, env: { ...env, ...keys } });
    expect(looked.stdout).toContain("anthropic/claude-sonnet-4-5");
  });

  it("lets a shell run what is named, and where it is, and asks about all else", async () => {
    const { folder: cwd, env } = await makePlace();
    const config = program("docs/cookbook.md", "mcp-server-commands");
    writeFileSync(join(cwd, "holdpoint.json"), config);
    const judged = (args: object, expected: string): object => {
      return { server: "shell", tool: "run_command", arguments: args, expect: expected };
    };
    const cases = [
      judged({ command: "npm test" }, "allow"),
      judged({ command: "npm test; rm -r ." }, "ask"),
      judged({ command: "npm test", workdir: "/tmp/theirs" }, "ask"),
      judged({ command: "npm test", stdin: "y" }, "ask"),
    ];
    writeFileSync(join(cwd, "cases.json"), JSON.stringify(cases));
    const args = ["policy", "test", "cases.json", "--config", "holdpoint.json"];
    const ran = await holdpoint(args, { cwd, env });
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("4 of 4") });
  });

  it("shows what the tools of the configuration may do", async () => {
    const { folder: cwd, env } = await makePlace();
    const config = join(cwd, "holdpoint.json");
    const script = peerFile("@modelcontextprotocol/server-filesystem/dist/index.js");
    mkdirSync(join(cwd, "notes"));
    const args = [script, join(cwd, "notes")];
    const files = { command: process.execPath, args, trusted: true };
    writeFileSync(config, JSON.stringify({ mcpServers: { files } }));
    const shown = await runProgram(
      "sh",
      ["-c", `${shell("npx holdpoint check")} --config "${config}"`],
      {
        cwd,
        env,
      },
    );
    expect(shown.exitCode, shown.stderr).toBe(0);
    expect(shown.stdout).toContain("write_file");
  });

  it.runIf(hasClaudeCode)(
    "tells Claude Code of servers that it can start",
    async () => {
      const { folder: cwd, env } = await makePlace();
      const bin = join(cwd, "bin");
      mkdirSync(bin);
      const claude = `@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`;
      symlinkSync(peerFile(claude), join(bin, "claude"));
      writeFileSync(join(cwd, "holdpoint.json"), '{ "mcpServers": {} }');
      const quiet = { DISABLE_AUTOUPDATER: "1", CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" };
      const means = {
        cwd,
        env: { ...env, ...quiet, PATH: `${bin}:${process.env["PATH"] ?? ""}` },
      };
      const commands = [
        shell('claude mcp add gated -- npx holdpoint gateway --config "$PWD/holdpoint.json"'),
        shell("claude mcp add holdpoint -- npx holdpoint serve").replace(
          "add holdpoint",
          "add served",
        ),
        shell(
          'claude mcp add holdpoint -- "$PWD/node_modules/node/bin/node" "$PWD/dist/cli/holdpoint.js" serve',
          {
            '"$PWD/node_modules/node/bin/node"': `"${process.execPath}"`,
            "$PWD/dist": join(root, "dist"),
          },
        ),
      ];
      for (const command of commands) {
        const added = await runProgram("sh", ["-c", command], means);
        expect(added.exitCode, added.stderr).toBe(0);
      }
      const listed = await runProgram("claude", ["mcp", "list"], means).catch(() =>
        runProgram(join(bin, "claude"), ["mcp", "list"], means),
      );
      for (const name of ["gated", "served", "holdpoint"]) {
        expect(listed.stdout).toMatch(new RegExp(`^${name}: .* Connected$`, "m"));
      }
    },
    120_000,
  );
});

it.each(["vscode", "cursor"])(
  "the install link of %s starts a server",
  async (host) => {
    const page = readFileSync(join(root, "docs/hosts.md"), "utf8");
    const start = host === "vscode" ? "https://insiders.vscode.dev/" : "https://cursor.com/";
    const link = page.split(/[()]/).find((part) => part.startsWith(start)) ?? "";
    const given = new URL(link).searchParams.get("config") ?? "";
    const text = host === "vscode" ? given : Buffer.from(given, "base64").toString("utf8");
    const { command, args } = JSON.parse(text) as { command: string; args: string[] };
    const { folder: cwd, env } = await makePlace();
    mkdirSync(join(cwd, "node_modules/.bin"));
    symlinkSync(commandFile, join(cwd, "node_modules/.bin/holdpoint"));
    const transport = new StdioClientTransport({
      command,
      args,
      cwd,
      env: {
        ...env,
        PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`,
        HOLDPOINT_MODEL: "offline",
        npm_config_offline: "true",
        npm_config_update_notifier: "false",
      },
      stderr: "ignore",
    });
    const client = new Client({ name: host, version: "1" });
    await client.connect(transport);
    const { tools } = await client.listTools();
    await client.close();
    expect(tools.map(({ name }) => name)).toContain("run_agent");
  },
  60_000,
);

describe("programs on the page of the library", () => {
  /** An agent that proposes one call and ends, for parts of programs that say `agent`. */
  const given = `
import { Agent as GivenAgent, tool as givenTool } from "holdpoint";
import { call, createScriptedModel, message } from "holdpoint/testing";
import { z as given } from "zod";

const agent = new GivenAgent({
  name: "Refunds",
  model: createScriptedModel([[call("refund_order", { orderId: "17" })], [message("Refunded.")]]),
  tools: [
    givenTool({
      name: "refund_order",
      description: "Refund one order.",
      parameters: given.object({ orderId: given.string() }),
      needsApproval: true,
      execute: () => "done",
    }),
  ],
});
`;

  async function play(start: string, end: string): Promise<string> {
    const { folder: cwd, env } = await makePlace();
    writeFileSync(join(cwd, "part.ts"), given + program("docs/library.md", start) + end);
    const { exitCode, stdout, stderr } = await runProgram(process.execPath, ["part.ts"], {
      cwd,
      env,
    });
    expect(exitCode, stderr).toBe(0);
    return stdout;
  }

  it("keep a state as text, and go on with it", async () => {
    expect(await play("result.state.toString()", "")).toBe("Refunded.\n");
  });

  it("keep runs in a store, and find them there", async () => {
    const end = "console.log(result.interruptions.length, paused.interruptions.length);\n";
    expect(await play("createSqliteRunStore", end)).toBe("1 1\n");
  });
});

it("each command of a shell block is run, or it is said by what", () => {
  const pipe = /^printf /;
  const known = new Set([...played, ...Object.keys(elsewhere)]);
  expect(shellLines.filter((line) => !pipe.test(line) && !known.has(line))).toEqual([]);
  expect(Object.keys(elsewhere).filter((line) => !shellLines.includes(line))).toEqual([]);
});
