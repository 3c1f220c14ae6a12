import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { blocks, root } from "../docs/blocks.ts";
import { hasClaudeCode, startClaudeCode, type Model } from "../support/claude-code.ts";
import { runProgram } from "../support/command.ts";
import { makeHostSite } from "../support/host-site.ts";
import { startOpenAiStandIn } from "../support/openai-stand-in.ts";
import { packEnv, packInto, unpack } from "../support/packed.ts";
import { peerFile } from "../support/peers.ts";
import { hasTerminal, onTerminal } from "../support/pty.ts";

/** What a stranger sees; `MAKE_TRANSCRIPT=1` writes it anew. */
const page = join(root, "docs/first-call.md");

let home: string;
let project: string;
let env: Record<string, string>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "holdpoint-"));
  project = join(home, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }');
  const { tarball } = await packInto(home);
  await unpack(tarball, join(project, "node_modules"));
  const npm = { npm_config_offline: "true", npm_config_cache: join(home, ".npm") };
  env = {
    ...packEnv(),
    ...npm,
    HOME: home,
    XDG_STATE_HOME: "",
    XDG_CONFIG_HOME: "",
    NO_COLOR: "1",
  };
}, 90_000);

afterAll(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

/** What is shown, with what differs from play to play as one would write it. */
function shown(text: string): string {
  return (
    text
      .replaceAll("\r", "")
      // A pipe shows no answers.
      .replaceAll("(y/n): ", "(y/n): y\n")
      .replaceAll("y\ny\n", "y\n")
      .replaceAll(process.execPath, "node")
      .replaceAll(peerFile(""), "servers/")
      .replaceAll(home, "~")
      .replaceAll(/\b(run|appr|apr|ap)_[\w-]{22}\b/g, "$1_...")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2026-01-01T12:00:00Z")
      .replaceAll(/[ \t]+$/gm, "")
      .trim()
  );
}

/** Where a page has what is seen through a door. */
function placeOf(door: string, file: string): { text: string; from: number; to: number } {
  const begin = `<!-- played: ${door} -->\n\n\`\`\`text\n`;
  const text = readFileSync(file, "utf8");
  const from = text.indexOf(begin) + begin.length;
  expect(text, `${file} has a place for ${door}`).toContain(begin);
  return { text, from, to: text.indexOf("```\n", from) };
}

// Where lines are broken depends on how long the name of the temporary directory is.
const words = (said: string): string => said.replaceAll(/\s+/g, " ").trim();

/** The README has lines of it, in their order; three points stand for what is left out of one. */
function compareShort(door: string, seen: string): void {
  const { text, from, to } = placeOf(door, join(root, "README.md"));
  const parts = text.slice(from, to).split(/\n| \.\.\.(?= |\n)/);
  let rest = words(seen);
  for (const part of parts.map(words).filter((each) => each !== "")) {
    expect(rest, `what is said after it, as the README has it`).toContain(part);
    rest = rest.slice(rest.indexOf(part) + part.length);
  }
}

/** Holds a part of the pages against what was just seen. */
function compare(door: string, lines: readonly string[]): void {
  const { text, from, to } = placeOf(door, page);
  const seen = `${lines.join("\n\n")}\n`;
  compareShort(door, seen);
  if (process.env["MAKE_TRANSCRIPT"] === "1") {
    writeFileSync(page, text.slice(0, from) + seen + text.slice(to));
    return;
  }
  expect(words(text.slice(from, to))).toBe(words(seen));
}

async function npx(words: readonly string[], input = ""): Promise<string> {
  const { stdout, stderr } = await runProgram("npx", ["holdpoint", ...words], {
    cwd: project,
    env,
    input,
  });
  return shown(`$ npx holdpoint ${words.join(" ")}\n${stdout}${stderr}`);
}

/** A command that a person answers on a terminal. */
async function answered(words: readonly string[], typed: string): Promise<string> {
  const file = join(project, "node_modules/holdpoint/dist/cli/holdpoint.js");
  const { screen } = await onTerminal(words, { typed, env, cwd: project, file });
  // What was typed before it was asked for is echoed first.
  return shown(`$ npx holdpoint ${words.join(" ")}\n${screen.replace(/^(?:y\r?\n)+/, "")}`);
}

async function waitingCall(): Promise<string> {
  return vi.waitFor(
    async () => {
      const { stdout } = await runProgram("npx", ["holdpoint", "approvals", "--json"], {
        cwd: project,
        env,
      });
      const { approval_id } = JSON.parse(stdout) as { approval_id: string };
      return approval_id;
    },
    { timeout: 60_000, interval: 500 },
  );
}

describe("a stranger with the packed package, in an empty home, without a network", () => {
  it.runIf(hasClaudeCode && hasTerminal)(
    "gates Claude Code, and approves its first call",
    async () => {
      const site = makeHostSite(home, ["claude-code"]);
      const lines = [await npx(["connect"], "y\ny\n")];
      const write = {
        name: "mcp__holdpoint__write_file",
        input: { path: join(site.notes, "plan.txt"), content: "Ship it." },
      };
      const model: Model = (told) => (told.length === 0 ? write : undefined);
      const claude = await startClaudeCode(model, {
        home,
        args: ["--allowedTools", write.name],
      });
      const approvalId = await waitingCall();
      lines.push(await answered(["approve", approvalId], "y\n"));
      await claude.ended;
      expect(claude.told.join()).toContain("Successfully wrote");
      expect(readFileSync(join(site.notes, "plan.txt"), "utf8")).toBe("Ship it.");
      lines.push(await npx(["runs"]));
      compare("gateway", lines);
    },
    180_000,
  );

  it.runIf(hasTerminal)(
    "runs an agent from the Inspector, and approves its first call",
    async () => {
      const inspector = peerFile("@modelcontextprotocol/inspector/clients/launcher/build/index.js");
      const input = JSON.stringify({ input: "What is the temperature in Oakland?" });
      const store = ["--store", join(home, "agents.db")];
      const called = await runProgram(
        process.execPath,
        [
          ...[inspector, "--cli", "--format", "json", "-q", "--method", "tools/call"],
          ...["--tool-name", "run_agent", "--tool-args-json", input],
          ...["npx", "holdpoint", "serve", ...store],
        ],
        { cwd: project, env },
      );
      const { result } = JSON.parse(called.stdout) as {
        result: {
          structuredContent: {
            run_id: string;
            pending_approvals: { approval_id: string }[];
            next: string;
          };
        };
      };
      const [approval] = result.structuredContent.pending_approvals;
      const runId = result.structuredContent.run_id;
      const lines = [
        shown(`> run_agent ${input}\n${result.structuredContent.next}`),
        await answered(["approve", approval?.approval_id ?? "", ...store], "y\n"),
        await npx(["resume", runId, ...store]),
      ];
      compare("agent", lines);
    },
    120_000,
  );

  it("uses the library in a TypeScript file", async () => {
    const program = blocks.find(
      ({ page: of, language }) => of === "README.md" && language === "ts",
    );
    writeFileSync(join(project, "refunds.ts"), program?.text ?? "");
    const api = await startOpenAiStandIn();
    try {
      const call = { name: "refund_order", arguments: '{"orderId":"17","cents":9900}' };
      const tool_calls = [{ id: "call_1", type: "function", function: call }];
      api.reply(
        { message: { role: "assistant", content: null, tool_calls } },
        { message: { role: "assistant", content: "Order 17: 99.00 refunded." } },
      );
      const keys = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: api.url, OPENAI_API: "chat" };
      const { stdout, stderr } = await runProgram(process.execPath, ["refunds.ts"], {
        cwd: project,
        env: { ...env, ...keys },
      });
      expect(JSON.stringify(api.requests.at(-1)?.body)).toContain("Refunded 9900 cents on 17");
      compare("library", [shown(`$ node refunds.ts\n${stdout}${stderr}`)]);
    } finally {
      await api.close();
    }
  }, 60_000);
});
