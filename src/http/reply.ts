import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";

import { HoldpointError, type ErrorCode } from "../lib/errors.ts";
import { guardHeaders } from "./guard.ts";

/** The longest body that is read, in bytes. */
const BODY_LIMIT = 4 * 1024 * 1024;

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  /** What follows, made once the body is on its way. */
  readonly rest?: () => Promise<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What went wrong, as the page is told. */
export interface Problem {
  code: string;
  message: string;
}

export function jsonReply(status: number, value: unknown, headers = {}): Reply {
  return { status, type: "application/json", body: JSON.stringify(value), headers };
}

export function problemReply(status: number, problem: Problem): Reply {
  return jsonReply(status, { error: problem });
}

export function redirectReply(location: string): Reply {
  return { status: 308, type: "text/plain", body: "", headers: { location } };
}

export async function send(
  response: ServerResponse,
  { status, type, body, rest, headers }: Reply,
): Promise<void> {
  const charset = type.startsWith("text/") ? "; charset=utf-8" : "";
  response.writeHead(status, { ...guardHeaders, "content-type": `${type}${charset}`, ...headers });
  if (rest === undefined) {
    response.end(body);
    return;
  }
  response.write(body);
  // Node sends what was written in a turn at its end.
  await nextTurn();
  response.end(await rest());
}

const statuses: Partial<Record<ErrorCode, number>> = {
  action_mismatch: 409,
  already_decided: 409,
  approval_expired: 409,
  approval_not_found: 404,
  arguments_invalid: 422,
  invalid_cursor: 400,
  invalid_input: 400,
  not_allowed: 403,
  run_not_found: 404,
  store_unavailable: 503,
};

export const notFound = problemReply(404, {
  code: "not_found",
  message: "There is nothing here",
});

/** An error as the page may see it; `undefined` for one that nobody foresaw. */
export function errorReply(error: unknown): Reply | undefined {
  if (!(error instanceof HoldpointError)) return undefined;
  const { code, message } = error;
  return problemReply(statuses[code] ?? 500, { code, message });
}

/** The text of a request. @throws HoldpointError `invalid_input` when it is too long */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) {
      throw new HoldpointError("invalid_input", `A request may have ${BODY_LIMIT} bytes at most`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
