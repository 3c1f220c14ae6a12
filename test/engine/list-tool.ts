import type { Arguments, Tool } from "../../src/engine/tool.ts";
import type { NestedStart } from "../../src/engine/driver.ts";
import type { JsonValue } from "../../src/lib/json.ts";
import { parseStrictJson } from "../../src/lib/strict-json.ts";

/** A tool of the list: what it is called, whether it asks, and what it does. */
export interface ListTool {
  readonly name: string;
  /** Default "1". */
  readonly digest?: string;
  /** Whether a person decides on its calls; default no. */
  readonly asks?: boolean;
  readonly idempotent?: boolean;
  /** Whether its errors end the activation; default: they are its output. */
  readonly throws?: boolean;
  /** Its body. */
  readonly run?: (value: JsonValue, key: string) => unknown;
  /** In place of a body: the list inside. */
  readonly nested?: (value: JsonValue) => NestedStart;
}

/** A tool as the engine wants it. */
export function bindListTool(tool: ListTool): Tool {
  const { name, digest = "1", asks = false, idempotent = false, throws = false } = tool;
  return {
    name,
    digest,
    idempotent,
    definition: { description: `The tool ${name}`, schema: {} },
    level: undefined,
    timeout: undefined,
    guardsBeforeAsking: false,
    enabled: () => true,
    read,
    value: (json) => ({ raw: json, shown: json, value: json, problem: undefined }),
    isRuled: false,
    ruled: async () => undefined,
    rule: async () => (asks ? { verdict: "ask" } : { verdict: "allow", rule: "free" }),
    guards: { input: [], output: [] },
    execute: async (value, { key }) => {
      try {
        return await tool.run?.(value as JsonValue, key);
      } catch (error) {
        if (throws) throw error;
        return textOfError(error);
      }
    },
    failed: throws ? undefined : async (problem) => textOfError(problem),
    isUnclear: () => false,
    clip: (output) => output,
    toOutput(output, note) {
      const text = typeof output === "string" ? output : (JSON.stringify(output) ?? "nothing");
      return { output: note === undefined ? text : `${note}\n${text}` };
    },
    started: () => undefined,
    ended: () => undefined,
    toError: (thrown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
  };
}

function read(text: string): Arguments {
  try {
    const value = parseStrictJson(text);
    return { raw: value, shown: value, value, problem: undefined };
  } catch (problem) {
    return { raw: undefined, shown: undefined, value: undefined, problem };
  }
}

function textOfError(error: unknown): string {
  return `It failed: ${error instanceof Error ? error.message : String(error)}`;
}
