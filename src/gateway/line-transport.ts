import type { Readable, Writable } from "node:stream";

import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { JSONRPCMessageSchema, type JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

import { errorMessage } from "../lib/errors.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import { nameFault } from "./name-fault.ts";

/** The longest line that is read, in bytes. */
const LONGEST_LINE = 10 * 1_024 * 1_024;
const PARSE_ERROR = -32_700;
const INVALID_PARAMS = -32_602;

/** What is told of what goes over the wire. */
export interface WireEvents {
  /** A message of the client, before it is acted on. */
  received(message: JSONRPCMessage): void;
  /** A message of ours, once it is on the wire. */
  sent(message: JSONRPCMessage): void;
}

/**
 * Messages as lines, each read once, and strictly: what two readers could take for two things is
 * answered with an error that names the member. A line that is too long is answered, and the stream
 * goes on behind it.
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
  const refuse = (id: string | number | null, code: number, message: string): void => {
    const refusal = { jsonrpc: "2.0", id, error: { code, message } };
    send(refusal as unknown as JSONRPCMessage).catch(() => undefined);
  };
  const take = (line: string): void => {
    const read = readMessage(line);
    if (read === undefined) return;
    if ("message" in read) {
      events.received?.(read.message);
      transport.onmessage?.(read.message);
    } else refuse(read.id, read.code, read.problem);
  };
  const onData = createLineReader(take, () => {
    const problem = `A message was longer than ${LONGEST_LINE} bytes and was not read`;
    refuse(null, PARSE_ERROR, problem);
  });

  const transport: Transport = {
    async start() {
      stdin.on("data", onData);
      stdin.on("error", (error) => transport.onerror?.(error));
    },
    send,
    async close() {
      stdin.off("data", onData);
      stdin.pause();
      transport.onclose?.();
    },
  };
  return transport;
}

/** Takes bytes as they come, and gives the lines in them, without those that are too long. */
function createLineReader(
  take: (line: string) => void,
  tooLong: () => void,
): (chunk: Buffer) => void {
  let left: Buffer[] = [];
  let size = 0;
  let isSkipping = false;
  const add = (part: Buffer): void => {
    if (isSkipping) return;
    size += part.length;
    left.push(part);
    if (size <= LONGEST_LINE) return;
    isSkipping = true;
    left = [];
    tooLong();
  };
  const endLine = (): void => {
    if (!isSkipping) take(Buffer.concat(left).toString("utf8"));
    isSkipping = false;
    left = [];
    size = 0;
  };
  return (chunk) => {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(10, from);
      if (end === -1) break;
      add(chunk.subarray(from, end));
      endLine();
      from = end + 1;
    }
    if (from < chunk.length) add(chunk.subarray(from));
  };
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
  return { id: idOf(value), code: -32_600, problem: "This is no message of JSON-RPC 2.0" };
}

/** What is JSON to a reader that asks less is answered as the request that it is. */
function unclear(text: string, error: unknown): ReadLine {
  try {
    const value = JSON.parse(text) as JsonValue;
    const problem = `The request was not acted on: ${nameFault(text) ?? errorMessage(error)}`;
    return { id: idOf(value), code: INVALID_PARAMS, problem };
  } catch {
    return { id: null, code: PARSE_ERROR, problem: "A line was not JSON and was not read" };
  }
}

function idOf(value: JsonValue): string | number | null {
  const id = isJsonObject(value) ? value["id"] : undefined;
  return typeof id === "string" || typeof id === "number" ? id : null;
}
