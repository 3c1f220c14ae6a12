import { isJsonObject } from "../lib/json.ts";
import { isHoldpoint } from "./gather.ts";
import { parseObject } from "./json-members.ts";

/** Servers that Claude Code starts in one folder alone: `claude mcp add` without `--scope`. */
export function localServers(text: string): { directory: string; name: string }[] {
  const { projects } = text.trim() === "" ? {} : parseObject(text);
  return Object.entries(isJsonObject(projects) ? projects : {}).flatMap(([directory, project]) => {
    const servers = isJsonObject(project) ? project["mcpServers"] : undefined;
    return Object.entries(isJsonObject(servers) ? servers : {})
      .filter(([name, server]) => !isHoldpoint(name, server))
      .map(([name]) => ({ directory, name }));
  });
}
