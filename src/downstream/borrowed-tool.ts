import { ToolOutcomeUnknownError } from "../agents/errors.ts";
import type { GatedCall, GateVerdict } from "../agents/gate.ts";
import type { MaybePromise } from "../agents/callback.ts";
import type { RunnableTool, ToolCallDetails } from "../agents/function-tool.ts";
import { tool, toolDigest } from "../agents/tool.ts";
import { errorMessage } from "../lib/errors.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { Connection } from "./connection.ts";
import { isReadOnly, sameTool, type ServerTool } from "./definition.ts";
import type { Drift } from "./drift.ts";
import { RequestError } from "./failures.ts";
import { toModelName } from "./tool-name.ts";
import { toToolOutput } from "./tool-result.ts";

/** A tool of a server, as rules see it. */
export interface BorrowedTool {
  readonly server: string;
  readonly tool: string;
  /** The server is trusted, and says that the tool changes nothing. */
  readonly isTrustedReadOnly: boolean;
}

/** Arguments as they are sent. */
export interface PreparedCall {
  readonly sent: JsonObject;
  /** What is sent in other words than were proposed. */
  readonly changed: readonly { at: string; proposed: string; sent: string }[];
}

/** The rules for borrowed tools: what the composition brings. */
export interface BorrowedPolicy {
  /** The arguments that are judged, shown, approved and sent; what was prepared once stays. */
  prepare(borrowed: BorrowedTool, args: JsonObject): PreparedCall;
  /** Judges a call whose arguments are prepared. */
  judge(borrowed: BorrowedTool, call: GatedCall): MaybePromise<GateVerdict>;
  /** What can be said before there is a call. */
  outlook(borrowed: BorrowedTool): "always" | "sometimes" | "never";
}

interface Parts {
  connection: Connection;
  definition: ServerTool;
  policy: BorrowedPolicy;
  drift: Drift;
  /** Why every call must be asked about, whatever the rules allow. */
  drifted: string | undefined;
}

/** A tool of a server as agents hold it. */
export function borrowTool(parts: Parts): RunnableTool {
  const { connection, definition, policy, drifted } = parts;
  const { description, parameters, annotations } = definition;
  const isTrustedReadOnly = connection.spec.trusted === true && isReadOnly(definition);
  const borrowed = { server: connection.name, tool: definition.name, isTrustedReadOnly };
  const name = toModelName(connection.name, definition.name);
  const base = tool({
    name,
    description,
    parameters: { ...parameters, type: "object", properties: propertiesOf(parameters) },
    strict: false,
    needsApproval: true,
    // What changes nothing can be asked for again after a crash.
    idempotent: isTrustedReadOnly && drifted === undefined,
    errorFunction: (_context, error) => errorMessage(error),
    execute: (value, _context, details) => callServer(parts, { name, borrowed, value, details }),
  });
  return {
    ...base,
    name,
    annotations,
    ...(connection.spec.trusted === true ? { trusted: true as const } : {}),
    digest: toolDigest({ name, description, parameters, annotations }),
    approvalRule: {
      type: "policy",
      outlook: drifted === undefined ? policy.outlook(borrowed) : "always",
      async judge(call) {
        const verdict = await policy.judge(borrowed, call);
        return drifted === undefined ? verdict : askAnyway(verdict, drifted);
      },
    },
    // Here, so that what is judged and shown is, to the letter, what is sent.
    parse(value) {
      if (isJsonObject(value)) return policy.prepare(borrowed, value).sent;
      throw new TypeError("the arguments must be an object");
    },
  };
}

/** What was accepted is not what is there: only a deny goes before the question. */
function askAnyway(verdict: GateVerdict, drifted: string): GateVerdict {
  if (verdict.verdict === "deny") return verdict;
  if (verdict.verdict === "allow") return { verdict: "ask", reason: drifted };
  const reason = verdict.reason === undefined ? drifted : `${drifted}. ${verdict.reason}`;
  return { ...verdict, reason };
}

function propertiesOf(parameters: JsonObject): JsonObject {
  const { properties } = parameters;
  return isJsonObject(properties) ? properties : {};
}

interface CallToSend {
  name: string;
  borrowed: BorrowedTool;
  value: unknown;
  details: ToolCallDetails | undefined;
}

/** @throws ToolOutcomeUnknownError when the call may have reached the server and no answer came */
async function callServer(
  { connection, definition, policy, drift, drifted }: Parts,
  { name, borrowed, value, details }: CallToSend,
): Promise<unknown> {
  const { redact } = connection;
  const signal = details?.signal;
  try {
    await connection.start(signal);
  } catch (error) {
    throw notRun(name, connection.problem ?? redact(errorMessage(error)));
  }
  const now = connection.tools.find((each) => each.name === definition.name);
  if (now === undefined) throw notRun(name, `server "${connection.name}" has it no more`);
  if (!sameTool(now, definition)) {
    throw notRun(name, "its definition changed. Propose the call again");
  }
  const args = isJsonObject(value) ? value : {};
  // Last, and as late as can be: a link that was put into a path since it was judged.
  if (policy.prepare(borrowed, args).changed.length > 0) {
    throw notRun(name, "one of its paths leads elsewhere than when it was judged");
  }
  if (drifted !== undefined) drift.accept(definition);
  try {
    const result = await connection.call({ tool: definition.name, args, signal });
    return toToolOutput(result, redact);
  } catch (error) {
    throw toToolError({ connection, definition, name }, error);
  }
}

/** What a failed request means; its own error is left out, since secrets may be in it. */
function toToolError(
  { connection, definition, name }: Pick<Parts, "connection" | "definition"> & { name: string },
  error: unknown,
): Error {
  const message = connection.redact(errorMessage(error));
  const failure = error instanceof RequestError ? error.failure : "lost";
  if (failure === "unsent") return notRun(name, message);
  if (failure === "answered") return new Error(`The tool reported an error: ${message}`);
  const what = `Server "${connection.name}" may have carried out the call, and gave no answer: ${message}`;
  const changesNothing = connection.spec.trusted === true && isReadOnly(definition);
  return changesNothing ? new Error(what) : new ToolOutcomeUnknownError(what);
}

function notRun(name: string, why: string): Error {
  return new Error(`Tool '${name}' is not available, and the call was not run: ${why}`);
}
