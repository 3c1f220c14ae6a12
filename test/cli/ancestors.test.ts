import { describe, expect, it } from "vitest";

import { agentOf, describeAgentAbove, hostAmong } from "../../src/cli/ancestors.ts";
import { ancestorsOf, startOf, type ProcessRow } from "../../src/cli/processes.ts";

function row(name: string, words: string[] = [name], pid = 100): ProcessRow {
  return { pid, parent: 1, name, startedAt: `start of ${pid}`, words };
}

describe("a coding agent with a shell of its own", () => {
  it.each<[string, string[], string]>([
    ["claude", ["claude", "--resume"], "Claude Code"],
    ["claude", ["/opt/bin/claude"], "Claude Code"],
    ["Claude.exe", ["C:\\Programs\\Claude.exe"], "Claude Code"],
    ["node", ["node", "/usr/lib/node_modules/@anthropic-ai/claude-code/cli.js"], "Claude Code"],
    ["node", ["/usr/bin/node", "--no-warnings", "/usr/local/bin/gemini"], "Gemini CLI"],
    ["codex-x86_64-un", ["/x/codex-x86_64-unknown-linux-musl", "exec"], "Codex"],
    ["python3.12", ["python3.12", "/home/ada/.local/bin/aider"], "Aider"],
  ])("is known as %s %j", (name, words, agent) => {
    expect(agentOf({ name, words })).toBe(agent);
  });

  it.each<[string, string[]]>([
    ["code", ["/usr/share/code/code"]],
    ["cursor", ["/opt/Cursor/cursor"]],
    ["zed-editor", ["zed-editor"]],
    ["idea", ["/opt/idea/bin/idea"]],
    ["bash", ["-bash"]],
    ["vim", ["vim", "/home/ada/claude"]],
    ["node", ["node", "server.js", "/x/@anthropic-ai/claude-code/cli.js"]],
    ["grep", ["grep", "claude"]],
    ["tmux: server", ["tmux"]],
  ])("is not %s %j", (name, words) => {
    expect(agentOf({ name, words })).toBeUndefined();
  });
});

describe("the host of a server", () => {
  const desktop = row("Electron", ["/opt/claude-desktop"], 7);

  it.each<[string, ProcessRow[], number | undefined]>([
    ["its parent", [desktop, row("systemd")], 7],
    ["above launchers", [row("npm exec"), row("sh", ["sh", "-c", "holdpoint serve"]), desktop], 7],
    ["above npx", [row("node", ["node", "/usr/bin/npx", "holdpoint", "serve"]), desktop], 7],
    [
      "above npx as it calls itself",
      [row("npm exec holdp", ["npm exec holdpoint gateway --config /x/hp.json"]), desktop],
      7,
    ],
    ["above a script", [row("start.sh", ["/bin/sh", "/x/start.sh", "gateway"]), desktop], 7],
    ["nobody, where a person typed the command", [row("bash", ["-bash"]), desktop], undefined],
    ["nobody, where nothing is above", [], undefined],
  ])("is %s", (_, above, pid) => {
    const launchers = above.map((each) =>
      each.name === "npm exec" ? { ...each, words: ["npm", "exec"] } : each,
    );
    expect(hostAmong(launchers)?.pid).toBe(pid);
  });

  it("is who holds the other end of what the server reads, and none that hands it on", () => {
    const handedOn = { ...row("python3", ["python3", "launch.py"], 8), input: "pipe:[17]" };
    const host = { ...row("python3", ["python3", "agent.py"], 9), input: "socket:[5]" };
    expect(hostAmong([handedOn, host, desktop], "pipe:[17]")?.pid).toBe(9);
    expect(hostAmong([handedOn, host, desktop])?.pid).toBe(8);
  });

  it("is told apart from a later process of its number", () => {
    const above = [row("zsh"), desktop];
    expect(describeAgentAbove(above, [desktop])).toContain("which started the server that asks");
    expect(describeAgentAbove(above, [{ pid: 7, startedAt: "before" }])).toBeUndefined();
    expect(describeAgentAbove([row("zsh"), row("claude")], [])).toMatch(/below Claude Code/);
  });
});

it.runIf(process.platform !== "win32")("the processes above this one are found", () => {
  const [parent] = ancestorsOf(process.pid);
  expect(parent?.pid).toBe(process.ppid);
  expect(startOf(process.pid)).not.toBe("");
  expect(startOf(2 ** 30)).toBeUndefined();
});
