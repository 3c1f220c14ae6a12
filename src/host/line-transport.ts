import type { Readable, Writable } from "node:stream";

import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  JSONRPCMessageSchema,
  type JSONRPCMessage,
  type JSONRPCRequest,
} from "@modelcontextprotocol/sdk/types.js";

import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { AmbiguousJsonError, parseStrictJson } from "../lib/strict-json.ts";
import { createFraming, tooLongAnswer } from "./framing.ts";

const PARSE_ERROR = -32_700;
const INVALID_REQUEST = -32_600;
const INVALID_PARAMS = -32_602;
/** A name is the client's text: as JSON, and no longer than it takes to find it. */
const LONGEST_NAME = 200;

/** What is told of what goes over the wire. */
export interface WireEvents {
  /** A message of the client, before it is acted on. */
  received(message: JSONRPCMessage): void;
  /** A message of ours, once it is on the wire. */
  sent(message: JSONRPCMessage): void;
}

/**
 * Messages as lines, each read once, and strictly: what two readers could take for two things is
 * answered with an error that names the member; what is no message goes to `onerror`. A line that
 * is too long is answered, and the stream goes on behind it. A ping is answered here.
 */
export function createLineTransport(
  stdin: Readable,
  wire: Writable,
  events: Partial<WireEvents> = {},
): Transport {
  const send = async (message: JSONRPCMessage): Promise<void> => {
    await new Promise<void>((resolve, reject) => {
      wire.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
    events.sent?.(message);
  };
  const answerPing = ({ id }: JSONRPCRequest): Promise<void> =>
    send({ jsonrpc: "2.0", id, result: {} }).catch((error: Error) => transport.onerror?.(error));
  const framing = createFraming((id) => void wire.write(tooLongAnswer(id)));
  const onLine = (line: Buffer): void => {
    const read = readMessage(line.toString("utf8"));
    if (read === undefined) return;
    if ("message" in read) {
      events.received?.(read.message);
      // Whoever asks whether somebody is there does not wait behind what was asked before.
      if (isPing(read.message)) void answerPing(read.message);
      else transport.onmessage?.(read.message);
      return;
    }
    const { id, code, problem } = read;
    // An answer to nothing is no message of MCP: it is only told of.
    if (id === null) return transport.onerror?.(new Error(problem));
    wire.write(`${JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: problem } })}\n`);
  };
  const transport: Transport = {
    async start() {
      stdin.on("error", (error) => transport.onerror?.(error));
      stdin.pipe(framing).on("data", onLine);
    },
    send,
    async close() {
      stdin.unpipe(framing);
      framing.off("data", onLine);
      stdin.pause();
      transport.onclose?.();
    },
  };
  return transport;
}

function isPing(message: JSONRPCMessage): message is JSONRPCRequest {
  return "method" in message && message.method === "ping" && "id" in message;
}

type ReadLine =
  | { message: JSONRPCMessage }
  | { id: string | number | null; code: number; problem: string };

function readMessage(line: string): ReadLine | undefined {
  const text = line.trim();
  if (text === "") return undefined;
  let value: JsonValue;
  try {
    value = parseStrictJson(text);
  } catch (error) {
    return unclear(text, error);
  }
  const parsed = JSONRPCMessageSchema.safeParse(value);
  if (parsed.success) return { message: value as unknown as JSONRPCMessage };
  return { id: idOf(value), code: INVALID_REQUEST, problem: "This is no message of JSON-RPC 2.0" };
}

/** What is JSON to a reader that asks less is answered as the request that it is. */
function unclear(text: string, error: unknown): ReadLine {
  if (!(error instanceof AmbiguousJsonError)) {
    return { id: null, code: PARSE_ERROR, problem: "A line was not JSON and was not read" };
  }
  const name = JSON.stringify(error.path.join(".")).slice(0, LONGEST_NAME);
  const what =
    error.fault === "duplicate_key"
      ? "is there twice"
      : "is a whole number beyond what is read exactly. Send it as a text";
  const problem = `The request was not acted on: the member ${name} ${what}`;
  return { id: idOf(JSON.parse(text) as JsonValue), code: INVALID_PARAMS, problem };
}

function idOf(value: JsonValue): string | number | null {
  const id = isJsonObject(value) ? value["id"] : undefined;
  return typeof id === "string" || typeof id === "number" ? id : null;
}
