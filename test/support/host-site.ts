import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { hostFiles, type HostId } from "../../src/hosts/host-files.ts";
import { peerFile } from "./peers.ts";

const fixtures = join(import.meta.dirname, "../fixtures/hosts");
const names: Readonly<Record<HostId, string>> = {
  "claude-code": "claude-code.json",
  "claude-desktop": "claude_desktop_config.json",
  codex: "codex-config.toml",
  cursor: "cursor-mcp.json",
  vscode: "vscode-mcp.json",
};

/** A home in which hosts have their files, with servers that can be started. */
export interface HostSite {
  readonly notes: string;
  readonly config: string;
  readonly env: Record<string, string>;
  file(id: HostId): string;
  read(id: HostId): string;
  /** All of the hosts' files, by host, with their modes. */
  all(): Record<string, string>;
}

export function makeHostSite(home: string, ids: readonly HostId[]): HostSite {
  const env = { HOME: home, XDG_STATE_HOME: join(home, "state"), XDG_CONFIG_HOME: "" };
  const hosts = hostFiles({ platform: "linux", env, home });
  const notes = join(home, "notes");
  mkdirSync(notes);
  writeFileSync(join(notes, "a.txt"), "hello\n");
  writeFileSync(join(home, "shop.env"), "SHOP_TOKEN=shp_93c5a1e07d\nSHOP_LEVEL=debug\n", {
    mode: 0o600,
  });
  const file = (id: HostId): string => hosts.find((host) => host.id === id)?.file ?? "";
  for (const id of ids) {
    mkdirSync(dirname(file(id)), { recursive: true });
    const text = readFileSync(join(fixtures, names[id]), "utf8")
      .replaceAll("NODE", process.execPath)
      .replaceAll("FILES_SERVER", peerFile("@modelcontextprotocol/server-filesystem/dist/index.js"))
      .replaceAll("MEMORY_SERVER", peerFile("@modelcontextprotocol/server-memory/dist/index.js"))
      .replaceAll("NOTES", notes);
    writeFileSync(file(id), text, { mode: 0o640 });
  }
  const read = (id: HostId): string => readFileSync(file(id), "utf8");
  return {
    notes,
    config: join(home, ".config", "holdpoint", "holdpoint.json"),
    env,
    file,
    read,
    all: () =>
      Object.fromEntries(
        ids.map((id) => [id, `${(statSync(file(id)).mode & 0o777).toString(8)} ${read(id)}`]),
      ),
  };
}
