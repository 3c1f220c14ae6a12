import { posix, win32 } from "node:path";

import type { Surroundings } from "../lib/paths.ts";

export const hostIds = ["claude-code", "claude-desktop", "codex", "cursor", "vscode"] as const;
export type HostId = (typeof hostIds)[number];

/** A file in which a host keeps the servers that it starts. */
export interface HostFile {
  readonly id: HostId;
  readonly label: string;
  readonly file: string;
  readonly format: "json" | "toml";
  /** The member of the whole file that holds the servers, by their names. */
  readonly key: "mcpServers" | "servers" | "mcp_servers";
  /** How the host is brought to read it again. */
  readonly restart: string;
}

/** The files of the user's own settings, as each host's documentation places them. */
export function hostFiles({ platform, env, home }: Surroundings): HostFile[] {
  const { join } = platform === "win32" ? win32 : posix;
  const settings = settingsDirectory({ platform, env, home });
  const codex = env["CODEX_HOME"] ?? join(home, ".codex");
  return [
    {
      id: "claude-code",
      label: "Claude Code",
      file: join(env["CLAUDE_CONFIG_DIR"] ?? home, ".claude.json"),
      format: "json",
      key: "mcpServers",
      restart: "End its sessions and start it again",
    },
    {
      id: "claude-desktop",
      label: "Claude Desktop",
      file: join(settings, "Claude", "claude_desktop_config.json"),
      format: "json",
      key: "mcpServers",
      restart: "Quit it (closing the window is not enough) and start it again",
    },
    {
      id: "codex",
      label: "Codex",
      file: join(codex, "config.toml"),
      format: "toml",
      key: "mcp_servers",
      restart: "End its sessions and start it again",
    },
    {
      id: "cursor",
      label: "Cursor",
      file: join(home, ".cursor", "mcp.json"),
      format: "json",
      key: "mcpServers",
      restart: "Start it again",
    },
    {
      id: "vscode",
      label: "VS Code",
      file: join(settings, "Code", "User", "mcp.json"),
      format: "json",
      key: "servers",
      restart: "Run MCP: List Servers and start what it lists",
    },
  ];
}

/** Where programs keep a user's settings by the custom of the platform. */
function settingsDirectory({ platform, env, home }: Surroundings): string {
  if (platform === "win32") return env["APPDATA"] ?? win32.join(home, "AppData", "Roaming");
  if (platform === "darwin") return posix.join(home, "Library", "Application Support");
  const configured = env["XDG_CONFIG_HOME"] ?? "";
  return posix.isAbsolute(configured) ? configured : posix.join(home, ".config");
}

/** Files of a project, which its people share: they are read, and never changed. */
export function projectFiles(directory: string, platform: NodeJS.Platform): HostFile[] {
  const { join } = platform === "win32" ? win32 : posix;
  const common = { format: "json", restart: "" } as const;
  return [
    {
      ...common,
      id: "claude-code",
      label: "Claude Code",
      file: join(directory, ".mcp.json"),
      key: "mcpServers",
    },
    {
      ...common,
      id: "cursor",
      label: "Cursor",
      file: join(directory, ".cursor", "mcp.json"),
      key: "mcpServers",
    },
    {
      ...common,
      id: "vscode",
      label: "VS Code",
      file: join(directory, ".vscode", "mcp.json"),
      key: "servers",
    },
  ];
}
