import { expect, it } from "vitest";

import { textOfAnswer } from "../../src/runs/item-text.ts";

it.each([
  ["a text", "Done", "Done"],
  ["a result of a server", { result: { content: [{ type: "text", text: "added" }] } }, "added"],
  ["an error of a server", { error: { code: -32_000, message: "no disk" } }, "no disk"],
  [
    "parts",
    [
      { type: "text", text: "seen" },
      { type: "image", data: "AAAA" },
    ],
    "seen\n[image]",
  ],
  ["what has no text", { rows: 3 }, '{"rows":3}'],
  ["nothing", undefined, ""],
])("of %s people read what is text in it", (_what, answer, text) => {
  expect(textOfAnswer(answer)).toBe(text);
});
