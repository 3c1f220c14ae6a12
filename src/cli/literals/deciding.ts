import { HoldpointError } from "../../lib/errors.ts";
import type { JsonValue } from "../../lib/json.ts";
import { parseStrictJson } from "../../lib/strict-json.ts";
import type { Commands } from "../command.ts";
import { flag, span, text, whole, word } from "../kinds.ts";
import { approvalId, json, limit, port, storeOptions, yes } from "../options.ts";

/** Commands to look at what waits, and to decide it. */
export const deciding = {
  approvals: {
    summary: "list what waits for a decision",
    options: {
      limit: { ...limit, default: 1_000 },
      long: flag("all of each, not a line"),
      watch: flag("again whenever it changes, until Ctrl+C"),
      json,
      ...storeOptions,
    },
    example: "holdpoint approvals --watch",
  },
  inbox: {
    summary: "decide on a page in the browser",
    options: { port, ...storeOptions },
  },
  approve: {
    summary: "let a pending call run",
    words: { id: approvalId },
    options: {
      yes,
      always: flag(
        "and later calls of this tool in this run, as far as they need no closer approver",
      ),
      for: { ...span("and later calls like it, for 1h, 30d or the like"), or: "always" },
      times: whole(
        "with --for, how often at most; else how often it runs that was asked for at once",
      ),
      arguments: {
        ...text("JSON", "run it with these arguments, JSON, instead"),
        read: readArguments,
      },
      typed: text(
        "TEXT",
        "of a call of high risk: its amount, recipient, folder or tool, as it is asked for",
      ),
      ...storeOptions,
    },
    example: "holdpoint approve apr_7Q2 --arguments '{\"cents\": 500}'",
    exits: { 2: "nothing was decided" },
  },
  reject: {
    summary: "refuse a pending call",
    words: { id: approvalId },
    options: {
      message: text("TEXT", "why, for the agent that asked"),
      always: flag("and later calls of this tool in this run"),
      yes,
      ...storeOptions,
    },
    example: 'holdpoint reject apr_7Q2 --message "Not this customer"',
    exits: { 2: "nothing was decided" },
  },
  "ask-again": {
    summary: "be asked again when a call that you rejected comes again through the gateway",
    words: {
      id: {
        ...approvalId,
        meaning: "the id of the rejected approval",
        listedBy: "holdpoint show RUN names it",
      },
    },
    options: storeOptions,
    example: "holdpoint ask-again apr_7Q2",
  },
  grants: {
    summary: "list yeses that were given for later calls",
    options: { json: flag("for programs, a JSON text a line, names as in MCP"), ...storeOptions },
  },
  "grants end": {
    summary: "end a yes that was given for later calls",
    words: { id: { ...word("ID", "the id of the yes"), listedBy: "holdpoint grants lists them" } },
    options: storeOptions,
    example: "holdpoint grants end grt_3B1",
  },
  stats: {
    summary: "count what was asked, and how fast and by whom it was decided",
    options: {
      days: { ...whole("of how many days"), default: 30 },
      json: flag("for programs, a JSON text, names as in MCP"),
      ...storeOptions,
    },
    example: "holdpoint stats --days 7",
  },
} as const satisfies Commands;

function readArguments(given: string, name: string): JsonValue {
  try {
    return parseStrictJson(given);
  } catch {
    throw new HoldpointError("arguments_invalid", `${name} must be JSON: nothing was decided`);
  }
}
