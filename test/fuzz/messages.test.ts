import { PassThrough, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createLineTransport } from "../../src/host/line-transport.ts";
import { changeText, fuzzOptions, fuzzTimeout, oddValue, textChanges } from "../support/fuzz.ts";

interface Answer {
  id: unknown;
  error?: { code: number; message: string };
}

/** What comes of lines: messages that are acted on, and answers that are written at once. */
async function send(text: string, cuts: readonly number[]) {
  const stdin = new PassThrough();
  const answers: Answer[] = [];
  const wire = new Writable({
    write(chunk: Buffer, _encoding, done) {
      answers.push(JSON.parse(chunk.toString("utf8")) as Answer);
      done();
    },
  });
  const transport = createLineTransport(stdin, wire);
  const messages: unknown[] = [];
  const told: string[] = [];
  transport.onmessage = (message) => void messages.push(message);
  transport.onerror = (error) => void told.push(error.message);
  await transport.start();
  const whole = Buffer.from(text, "utf8");
  const at = [0, ...cuts.filter((cut) => cut < whole.length), whole.length];
  const sorted = at.toSorted((a, b) => a - b);
  for (const [index, end] of sorted.slice(1).entries())
    stdin.write(whole.subarray(sorted[index], end));
  stdin.end();
  await new Promise((resolve) => stdin.once("end", resolve));
  await nextTurn();
  return { messages, answers, told };
}

const id = fc.oneof(fc.nat(), fc.string({ maxLength: 5 }), oddValue);
const request = fc
  .record({
    jsonrpc: fc.oneof(
      { weight: 8, arbitrary: fc.constant("2.0") },
      { weight: 1, arbitrary: oddValue },
    ),
    id,
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constant("tools/call") },
      { weight: 1, arbitrary: oddValue },
    ),
    params: fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
      oddValue,
    ),
  })
  .map((value) => JSON.stringify(value));
const line = fc.oneof(
  request,
  fc
    .tuple(request, textChanges)
    .map(([text, changes]) => changeText(text, changes).replaceAll("\n", " ")),
  fc.string({ unit: "binary", maxLength: 30 }).map((text) => text.replaceAll("\n", "")),
  fc
    .nat({ max: 5_000 })
    .map((depth) => `{"jsonrpc":"2.0","id":1,"method":"x","params":${"[".repeat(depth)}`),
  fc.constantFrom('{"jsonrpc":"2.0","id":1,"id":2,"method":"x"}', "[]", "null", "{}"),
);
const mark = JSON.stringify({ jsonrpc: "2.0", id: "the last", method: "tools/list" });

describe("any lines of a client", fuzzTimeout, () => {
  // Each line is acted on, answered or told of, once and in its place; none ends the stream: the
  // message behind it is always read.
  it("are acted on, answered or told of, and what follows is read", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 5 }),
        fc.array(fc.nat({ max: 2_000 }), { maxLength: 6 }),
        async (lines, cuts) => {
          const { messages, answers, told } = await send([...lines, mark, ""].join("\n"), cuts);
          expect(messages.at(-1)).toMatchObject({ id: "the last" });
          const filled = lines.filter((each) => Buffer.from(each).toString().trim() !== "").length;
          expect(messages.length - 1 + answers.length + told.length).toBe(filled);
          for (const { error } of answers) expect(error?.message).not.toBe("");
        },
      ),
      fuzzOptions(200),
    );
  });
});
