import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { parseObject } from "./json-members.ts";

/** A server that Claude Code starts in one folder alone: `claude mcp add` without `--scope`. */
export interface LocalServer {
  readonly directory: string;
  readonly name: string;
  readonly server: JsonValue;
}

/** Those of Claude Code's file. @throws SyntaxError */
export function localServers(text: string): LocalServer[] {
  const { projects } = text.trim() === "" ? {} : parseObject(text);
  return Object.entries(isJsonObject(projects) ? projects : {}).flatMap(([directory, project]) => {
    const servers = isJsonObject(project) ? project["mcpServers"] : undefined;
    return Object.entries(isJsonObject(servers) ? servers : {}).map(([name, server]) => ({
      directory,
      name,
      server,
    }));
  });
}
