import { describe, expect, it } from "vitest";

import { rewrittenTexts } from "../../src/runs/rewritten-texts.ts";
import { describeRewritten } from "../../src/runs/shown-text.ts";

describe("texts that rules rewrote", () => {
  it("are told place by place, and nothing else is", () => {
    const proposed = { paths: ["a", "/r/b"], edits: [{ file: "c", n: 1 }], content: "a" };
    const sent = {
      paths: ["/r/a", "/r/b"],
      edits: [{ file: "/r/c", n: 1 }],
      content: "a",
      more: "x",
    };
    const found = rewrittenTexts(JSON.stringify(proposed), sent);
    expect(found.map((each) => describeRewritten(each))).toEqual([
      "paths[0]: a, that is /r/a",
      "edits[0].file: c, that is /r/c",
    ]);
  });

  it.each([
    ["where nothing was rewritten", '{"path":"a"}', undefined],
    ["where what was proposed cannot be read", "{", { path: "a" }],
    ["where it has another shape", '{"path":["a"]}', { path: "a" }],
  ])("are none %s", (_name, proposed, sent) => {
    expect(rewrittenTexts(proposed, sent)).toEqual([]);
  });
});
