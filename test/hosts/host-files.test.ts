import { expect, it } from "vitest";

import { hostFiles, projectFiles } from "../../src/hosts/host-files.ts";

function filesOf(platform: NodeJS.Platform, home: string, env = {}): Record<string, string> {
  return Object.fromEntries(hostFiles({ platform, home, env }).map(({ id, file }) => [id, file]));
}

it("hosts keep their servers where each platform has settings", () => {
  expect(filesOf("linux", "/home/u")).toEqual({
    "claude-code": "/home/u/.claude.json",
    "claude-desktop": "/home/u/.config/Claude/claude_desktop_config.json",
    codex: "/home/u/.codex/config.toml",
    cursor: "/home/u/.cursor/mcp.json",
    vscode: "/home/u/.config/Code/User/mcp.json",
  });
  expect(filesOf("darwin", "/Users/u")).toEqual({
    "claude-code": "/Users/u/.claude.json",
    "claude-desktop": "/Users/u/Library/Application Support/Claude/claude_desktop_config.json",
    codex: "/Users/u/.codex/config.toml",
    cursor: "/Users/u/.cursor/mcp.json",
    vscode: "/Users/u/Library/Application Support/Code/User/mcp.json",
  });
  const roaming = String.raw`C:\Users\u\AppData\Roaming`;
  expect(filesOf("win32", String.raw`C:\Users\u`)).toEqual({
    "claude-code": String.raw`C:\Users\u\.claude.json`,
    "claude-desktop": String.raw`${roaming}\Claude\claude_desktop_config.json`,
    codex: String.raw`C:\Users\u\.codex\config.toml`,
    cursor: String.raw`C:\Users\u\.cursor\mcp.json`,
    vscode: String.raw`${roaming}\Code\User\mcp.json`,
  });
});

it("hosts that were told to keep them elsewhere are looked for there", () => {
  const env = {
    CODEX_HOME: "/data/codex",
    CLAUDE_CONFIG_DIR: "/data/claude",
    XDG_CONFIG_HOME: "/data/config",
  };
  expect(filesOf("linux", "/home/u", env)).toMatchObject({
    "claude-code": "/data/claude/.claude.json",
    codex: "/data/codex/config.toml",
    vscode: "/data/config/Code/User/mcp.json",
  });
  expect(filesOf("win32", String.raw`C:\Users\u`, { APPDATA: String.raw`D:\r` })).toMatchObject({
    vscode: String.raw`D:\r\Code\User\mcp.json`,
  });
});

it("projects have files of their own", () => {
  expect(projectFiles("/p", "linux").map(({ file }) => file)).toEqual([
    "/p/.mcp.json",
    "/p/.cursor/mcp.json",
    "/p/.vscode/mcp.json",
  ]);
});
