import type { JsonObject } from "../lib/json.ts";
import { STATUS, WAIT_FOR_DECISION } from "./catalogue.ts";

/** The tool that gives the result of a call that was held for too long to wait. */
export function waitTool(): JsonObject {
  return {
    name: WAIT_FOR_DECISION,
    title: "Wait for a decision",
    description:
      "The result of a call that was answered with a ticket: waits until a person has decided on it and it has run, and then gives the result of the held tool itself. Decides nothing.",
    inputSchema: {
      type: "object",
      properties: {
        ticket: { type: "string", description: "As the held call said it" },
        wait_seconds: {
          type: "number",
          minimum: 0,
          description: "How long to wait; cut to what the host lets a call take",
        },
      },
      required: ["ticket"],
    },
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  };
}

/** Only in the list while something is wrong: a list is what hosts show of a server. */
export function statusTool(problems: readonly string[]): JsonObject {
  return {
    name: STATUS,
    title: "Holdpoint: what is wrong",
    description: `Some tools are missing or cannot be used now. ${problems.join(" ")}`.slice(
      0,
      2_000,
    ),
    inputSchema: { type: "object", properties: {} },
    annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  };
}

export function statusText(problems: readonly string[]): string {
  return problems.length === 0
    ? "All servers are there, and the store works."
    : problems.join("\n");
}
