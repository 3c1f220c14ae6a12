import { PassThrough } from "node:stream";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createFraming } from "../../src/host/framing.ts";
import { isThorough } from "../support/thorough.ts";

const LONGEST = 64;

/** What comes out of a stream that comes in these pieces. */
async function frame(pieces: readonly Uint8Array[], longest = LONGEST) {
  const ids: (string | number | null)[] = [];
  const stream = new PassThrough().pipe(createFraming((id) => void ids.push(id), longest));
  const lines: string[] = [];
  stream.on("data", (chunk: Buffer) => void lines.push(chunk.toString("utf8")));
  for (const piece of pieces) stream.write(piece);
  stream.end();
  await new Promise((resolve) => stream.once("end", resolve));
  return { lines, ids };
}

const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");
const long = "x".repeat(LONGEST);

describe("messages on a stream", () => {
  // Every line that is short enough comes out once, in order, as it was, however it was cut into
  // pieces; each of the others is told of once; nothing else comes out.
  it("come out line by line, however they came in", async () => {
    const line = fc.oneof(
      fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replaceAll("\n", "")),
      fc.constantFrom("", "\r", long, `${long}x`, `${long}${long}${long}`),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 8 }),
        fc.array(fc.nat({ max: 200 }), { maxLength: 12 }),
        async (lines, cuts) => {
          const whole = bytes(lines.map((each) => `${each}\n`).join(""));
          const at = [0, ...cuts.filter((cut) => cut < whole.length), whole.length];
          const sorted = at.toSorted((a, b) => a - b);
          const pieces = sorted.slice(1).map((end, index) => whole.subarray(sorted[index], end));
          const found = await frame(pieces);
          const isShort = (each: string): boolean => bytes(each).length <= LONGEST;
          // A text may hold half a character, which no stream can.
          const kept = lines.filter(isShort).map((each) => `${Buffer.from(each).toString()}\n`);
          expect(found.lines).toEqual(kept);
          expect(found.ids).toHaveLength(lines.length - kept.length);
        },
      ),
      { numRuns: isThorough ? 20_000 : 200 },
    );
  });

  it("are no message without their line end", async () => {
    expect(await frame([bytes('{"id":1}\n{"id":2}')])).toEqual({ lines: ['{"id":1}\n'], ids: [] });
  });

  it.each([
    ["first", `{"jsonrpc":"2.0","id":7,"method":"${long}"}`, 7],
    ["last", `{"method":"${long}","jsonrpc":"2.0","id":8}`, 8],
    ["before the version", `{"method":"${long}","id":"a-9","jsonrpc":"2.0"}`, "a-9"],
    ["nowhere", `{"method":"${long}","params":{"id":5}}`, null],
    ["inside of what is asked", `{"params":{"id":5},"method":"${long}"}`, null],
    ["in no JSON", long.repeat(3), null],
  ])("that are too long are told of by their id: %s", async (_where, text, id) => {
    const { lines, ids } = await frame([bytes(`${text}\n{"id":1}\n`)]);
    expect(ids).toEqual([id]);
    expect(lines).toEqual(['{"id":1}\n']);
  });

  it("take no more than a look at each byte", async () => {
    // In pieces of 1 kB, putting the whole together with each took a minute and not 20 ms.
    const pieces = Array.from({ length: 9_000 }, () => Buffer.alloc(1_000, "x"));
    const { lines } = await frame([...pieces, bytes("\n")], 10_000_000);
    expect(lines.map((each) => each.length)).toEqual([9_000_001]);
  });
});
