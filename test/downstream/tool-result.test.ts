import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it } from "vitest";

import { toToolOutput } from "../../src/downstream/tool-result.ts";

const plain = (text: string): string => text;
const text = (of: string): CallToolResult["content"][number] => ({ type: "text", text: of });

describe("the result of a borrowed tool", () => {
  it.each<[string, CallToolResult, unknown]>([
    ["texts", { content: [text("a"), text("b")] }, "a\nb"],
    ["nothing", { content: [] }, ""],
    ["an error", { content: [text("no")], isError: true }, "The tool reported an error:\nno"],
    [
      "a structure that the text tells",
      { content: [text('{ "a": 1 }')], structuredContent: { a: 1 } },
      '{ "a": 1 }',
    ],
    [
      "a structure with the text in it",
      { content: [text("a file")], structuredContent: { content: "a file" } },
      "a file",
    ],
    [
      "a structure that no text tells",
      { content: [text("sunny")], structuredContent: { degrees: 20 } },
      'sunny\n{"degrees":20}',
    ],
    [
      "a resource with text",
      { content: [{ type: "resource", resource: { uri: "x://a", text: "inside" } }] },
      "[x://a]\ninside",
    ],
    [
      "a link",
      { content: [{ type: "resource_link", uri: "x://a", name: "A" }] },
      "[resource A: x://a]",
    ],
    [
      "sound",
      { content: [{ type: "audio", data: "QUJD", mimeType: "audio/wav" }] },
      "[audio, audio/wav, 4 characters of base64: not shown]",
    ],
    [
      "an image",
      { content: [text("see"), { type: "image", data: "QUJD", mimeType: "image/png" }] },
      [
        { type: "text", text: "see" },
        { type: "image", image: { data: "QUJD", mediaType: "image/png" } },
      ],
    ],
  ])("passes on %s", (_name, result, output) => {
    expect(toToolOutput(result, plain)).toEqual(output);
  });

  it("is cut where it is too long, and says so", () => {
    const long = { content: [text("a".repeat(90_000)), text("b".repeat(20_000))] };
    const output = toToolOutput(long, plain);
    expect(output).toContain(`${"b".repeat(10_000)}\n[cut here: 10000 more characters]`);
    expect(output.length).toBeLessThan(100_100);
  });

  it("has no image that is too large, and not more than eight", () => {
    const image = (data: string): CallToolResult["content"][number] => ({
      type: "image",
      data,
      mimeType: "image/png",
    });
    const large = toToolOutput({ content: [image("A".repeat(5_000_001))] }, plain);
    expect(large).toContain("too large to show");
    const many = toToolOutput({ content: Array.from({ length: 9 }, () => image("QUJD")) }, plain);
    expect(many).toMatchObject({ 7: { type: "image" }, 8: { type: "text" } });
  });

  it.each(["image/png; note=hunter22", "hunter22", "image/hunter22", `image/${"x".repeat(100)}`])(
    "has no kind of image that tells something: %s",
    (mimeType) => {
      const content: CallToolResult["content"] = [{ type: "image", data: "QUJD", mimeType }];
      const redact = (of: string): string => of.replaceAll("hunter22", "[redacted]");
      expect(toToolOutput({ content }, redact)).toBe("[image of an unknown type: not shown]");
    },
  );
});
