import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { parseObject } from "./json-members.ts";

/** A rule that Claude Code holds for tools of a server, and what it is called behind the gateway. */
export interface ToolRule {
  readonly list: "allow" | "ask" | "deny";
  readonly rule: string;
  readonly instead: string;
}

/**
 * The rules of `settings.json` that name moved servers: `mcp__files__write_file`, `mcp__files`.
 *
 * @param moved names that servers had in the host
 */
export function findToolRules(text: string, moved: readonly string[]): ToolRule[] {
  const { permissions } = parseObject(text);
  if (!isJsonObject(permissions)) return [];
  return (["allow", "ask", "deny"] as const).flatMap((list) =>
    texts(permissions[list]).flatMap((rule): ToolRule[] => {
      const [, server = "", tool] = /^mcp__(.+?)(?:__(.+))?$/.exec(rule) ?? [];
      if (!moved.includes(server)) return [];
      const isWhole = tool === undefined || tool === "*";
      const instead = isWhole
        ? "mcp__holdpoint__TOOL for each of its tools"
        : `mcp__holdpoint__${tool}`;
      return [{ list, rule, instead }];
    }),
  );
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
