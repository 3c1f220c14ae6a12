import { toSnakeCase } from "../lib/snake-case.ts";
import type { Terminal } from "./terminal.ts";

/** In which names programs are told: as MCP has them, or as version 0.1 had them. */
export type JsonForm = "snake" | "v1";

/** A schema, data, or named by tools: the names in it are not ours. */
const ASIDE = new Set(["schema", "arguments", "undeclared"]);

/** Prints a value as one line of JSON. */
export function printJson(terminal: Terminal, value: unknown, form: JsonForm): void {
  terminal.print(JSON.stringify(form === "v1" ? value : inSnakeCase(value)));
}

function inSnakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => inSnakeCase(each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]: [string, unknown]) => [
      toSnakeCase(name),
      ASIDE.has(name) ? each : inSnakeCase(each),
    ]),
  );
}
