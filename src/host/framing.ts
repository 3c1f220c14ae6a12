import { Transform, type TransformCallback } from "node:stream";

/** Bytes that one message may have. */
export const LONGEST_LINE = 10_000_000;
/** How much of a line that is too long is kept to find its id in. */
const HEAD_BYTES = 1_000;
const NEWLINE = 0x0a;

/** An id, at one of the two places where clients write it: first, or last. */
const idAtHead = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*("[^"\\]*"|-?\d+)\s*[,}]/;
const idAtTail = /,\s*"id"\s*:\s*("[^"\\]*"|-?\d+)\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/;

/**
 * Hands on a stream line by line, each as one chunk with its line end, in time linear in what
 * comes. A line of more than `longest` bytes is left out, and told of with its id where that can be
 * seen; what follows it goes on. What comes after the last line end is no message.
 */
export function createFraming(
  onTooLong: (id: string | number | null) => void,
  longest = LONGEST_LINE,
): Transform {
  let parts: Buffer[] = [];
  let length = 0;
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let isTooLong = false;

  const add = (part: Buffer): void => {
    length += part.length;
    if (!isTooLong && length <= longest) return void parts.push(part);
    if (!isTooLong) {
      isTooLong = true;
      const before = Buffer.concat([...parts, part]);
      head = Buffer.from(before.subarray(0, HEAD_BYTES));
      tail = Buffer.from(before.subarray(-HEAD_BYTES));
      parts = [];
      return;
    }
    tail = Buffer.from(Buffer.concat([tail, part.subarray(-HEAD_BYTES)]).subarray(-HEAD_BYTES));
  };

  const end = (stream: Transform): void => {
    if (isTooLong) onTooLong(idIn(head.toString("utf8"), tail.toString("utf8")));
    else stream.push(Buffer.concat([...parts, Buffer.from("\n")]));
    parts = [];
    length = 0;
    isTooLong = false;
  };

  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
        add(chunk.subarray(from, at));
        end(this);
        from = at + 1;
      }
      if (from < chunk.length) add(chunk.subarray(from));
      done();
    },
  });
}

function idIn(head: string, tail: string): string | number | null {
  const found = idAtHead.exec(head)?.[1] ?? idAtTail.exec(tail)?.[1];
  return found === undefined ? null : (JSON.parse(found) as string | number);
}

/** The answer to a message that was too long to be read. */
export function tooLongAnswer(id: string | number | null): string {
  const message = `The message was not read: it has more than ${LONGEST_LINE} bytes. Send less at once`;
  return `${JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32_600, message } })}\n`;
}
