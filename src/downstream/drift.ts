import { describeDefinitionChange, type ToolDefinition } from "../engine/definition-change.ts";
import { sha256 } from "../lib/digest.ts";
import { canonicalJson, isJsonObject, type JsonObject } from "../lib/json.ts";
import { sameTool, type ServerTool } from "./definition.ts";
import { isHttpSpec, type ServerSpec } from "./server-spec.ts";
import type { ToolLedger } from "./tool-ledger.ts";

/** Holds the tools of one server against the definitions that were accepted. */
export interface Drift {
  /**
   * Why calls must be asked about, by name of the tool; a tool that is as it was accepted is not
   * in it. A server that is met for the first time is taken as it is.
   */
  compare(tools: readonly ServerTool[]): ReadonlyMap<string, string>;
  /** The tool is as it should be from now on. */
  accept(tool: ServerTool): void;
  /** Notes one of ours beside the server's, so that it is there before its server is. */
  remember(tool: ServerTool): void;
  /** The tools as they were accepted; none where the server was never met, or that cannot be read. */
  remembered(): ServerTool[];
}

/** A server is known by its name and by what starts it: another command is another server. */
export function createDrift(
  ledger: ToolLedger,
  { name, spec }: { name: string; spec: ServerSpec },
): Drift {
  const place = isHttpSpec(spec) ? { url: spec.url } : { command: spec.command, args: spec.args };
  const server = `${name}:${sha256(canonicalJson(place)).slice(0, 16)}`;
  /** What was taken as it is at the first meeting, where that could not be written down. */
  let met: ReadonlyMap<string, ToolDefinition> | undefined;
  const meet = (first: ReadonlyMap<string, ToolDefinition>): void => {
    try {
      ledger.accept(server, first);
      met = undefined;
    } catch {
      met = first;
    }
  };
  return {
    compare(tools) {
      let accepted: ReadonlyMap<string, ToolDefinition> | undefined;
      try {
        accepted = ledger.of(server);
        if (accepted === undefined) {
          accepted = met ?? new Map(tools.map((tool) => [tool.name, tool]));
          meet(accepted);
        }
      } catch {
        return new Map(tools.map(({ name: tool }) => [tool, "What was accepted cannot be read"]));
      }
      const reasons = tools.flatMap((tool): [string, string][] => {
        const before = accepted.get(tool.name);
        if (before === undefined) return [[tool.name, "The tool is new on this server"]];
        if (sameTool(before, tool)) return [];
        const change = describeDefinitionChange(before, tool);
        return [[tool.name, `The tool is not what was accepted: it changed ${change}`]];
      });
      return new Map(reasons);
    },
    accept(tool) {
      ledger.accept(server, new Map([[tool.name, tool]]));
    },
    remember(tool) {
      try {
        const known = ledger.of(server)?.get(tool.name);
        if (known === undefined) ledger.accept(server, new Map([[tool.name, tool]]));
      } catch {
        // Then it is there once its server is.
      }
    },
    remembered() {
      try {
        return [...(ledger.of(server) ?? [])].map(([tool, definition]) => toTool(tool, definition));
      } catch {
        return [];
      }
    },
  };
}

function toTool(
  name: string,
  { description, parameters, annotations }: ToolDefinition,
): ServerTool {
  return {
    name,
    description,
    parameters: toObject(parameters),
    annotations: toObject(annotations),
    listed: {},
  };
}

function toObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}
