import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

import type { GatedCall } from "../agents/gate.ts";
import type { Ruling } from "../engine/tool.ts";
import { errorMessage } from "../lib/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { borrowedOf, type BorrowedParts } from "./borrowed-parts.ts";
import type { Connection } from "./connection.ts";
import { sameTool } from "./definition.ts";
import { RequestError, type RequestFailure } from "./failures.ts";
import type { CallOptions } from "./requests.ts";

/** What rules say of a call whose arguments are prepared; a tool that drifted is asked about. */
export async function judgeBorrowed(parts: BorrowedParts, call: GatedCall): Promise<Ruling> {
  const verdict = await parts.policy.judge(borrowedOf(parts), call);
  return parts.drifted === undefined ? verdict : askAnyway(verdict, parts.drifted);
}

/** What was accepted is not what is there: only a deny goes before the question. */
function askAnyway(verdict: Ruling, drifted: string): Ruling {
  if (verdict.verdict === "deny") return verdict;
  if (verdict.verdict === "allow") return { verdict: "ask", reason: drifted };
  const reason = verdict.reason === undefined ? drifted : `${drifted}. ${verdict.reason}`;
  return { ...verdict, reason };
}

/** A call that brought no result. */
export class FailedCall extends Error {
  override readonly name = "FailedCall";
  readonly failure: RequestFailure;
  /** What the server answered with, without its secrets, where it did. */
  readonly answer: { code: number; message: string; data?: JsonValue } | undefined;

  constructor(failure: RequestFailure, message: string, answer?: FailedCall["answer"]) {
    super(message);
    this.failure = failure;
    this.answer = answer;
  }
}

/**
 * Sends a call to its server, started if need be, as it was judged.
 *
 * @param call `name`: what the tool is called by whoever calls
 * @throws FailedCall
 */
export async function sendCall(
  parts: BorrowedParts,
  { name, value, ...options }: CallOptions & { name: string; value: unknown },
): Promise<CallToolResult> {
  const { connection, definition, policy, drift, drifted } = parts;
  try {
    await connection.start(options.signal);
  } catch (error) {
    throw notRun(name, connection.problem ?? connection.redact(errorMessage(error)));
  }
  const now = connection.tools.find((each) => each.name === definition.name);
  if (now === undefined) throw notRun(name, `server "${connection.name}" has it no more`);
  if (!sameTool(now, definition)) {
    throw notRun(name, "its definition changed. Propose the call again");
  }
  const args = isJsonObject(value) ? value : {};
  // Last, and as late as can be: a link that was put into a path since it was judged.
  if (policy.prepare(borrowedOf(parts), args).changed.length > 0) {
    throw notRun(name, "one of its paths leads elsewhere than when it was judged");
  }
  if (drifted !== undefined) drift.accept(definition);
  try {
    return await connection.call({ ...options, tool: definition.name, args });
  } catch (error) {
    throw toFailedCall(parts, error, name);
  }
}

/** What a failed request means; its own error is left out, since secrets may be in it. */
function toFailedCall({ connection }: BorrowedParts, error: unknown, name: string): FailedCall {
  const message = connection.redact(errorMessage(error));
  const failure = error instanceof RequestError ? error.failure : "lost";
  if (failure === "unsent") return notRun(name, message);
  if (failure === "answered") {
    return new FailedCall(
      failure,
      message,
      answerOf(error instanceof RequestError ? error.cause : error, connection),
    );
  }
  const what = `Server "${connection.name}" may have carried out the call, and gave no answer: ${message}`;
  return new FailedCall(failure, what);
}

function answerOf(error: unknown, { redact }: Connection): FailedCall["answer"] {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "number") {
    return undefined;
  }
  const { code } = error;
  // The SDK puts that before what the server said.
  const said = error.message.replace(`MCP error ${code}: `, "");
  const data = "data" in error ? error.data : undefined;
  const rest: { data?: JsonObject } =
    data === undefined ? {} : { data: JSON.parse(redact(JSON.stringify(data))) as JsonObject };
  return { code, message: redact(said), ...rest };
}

function notRun(name: string, why: string): FailedCall {
  return new FailedCall(
    "unsent",
    `Tool '${name}' is not available, and the call was not run: ${why}`,
  );
}
