import { describe, expect, it } from "vitest";

import { validateAgainstSchema } from "../../../src/agents/schema/schema-check.ts";
import type { JsonObject, JsonValue } from "../../../src/lib/json.ts";

const text: JsonObject = { type: "string" };
const order: JsonObject = {
  type: "object",
  properties: {
    id: { ...text, pattern: "^ord_", minLength: 5 },
    amount: { type: "integer", minimum: 1 },
    kind: { enum: ["full", "part"] },
    note: { anyOf: [text, { type: "null" }] },
    lines: { type: "array", items: { type: "object", properties: { sku: text } } },
  },
  required: ["id", "note"],
  additionalProperties: false,
};
const list: JsonObject = {
  type: "object",
  properties: { value: text, next: { anyOf: [{ $ref: "#/$defs/list" }, { type: "null" }] } },
  required: ["value"],
};

const plainOrder: JsonObject = { id: "ord_1", note: null };

const fitting: [name: string, schema: JsonObject, value: JsonValue][] = [
  ["an object", order, plainOrder],
  ["all fields", order, { ...plainOrder, amount: 3, kind: "full", lines: [{ sku: "s" }, {}] }],
  [
    "a recursive schema",
    { $ref: "#/$defs/list", $defs: { list } },
    { value: "a", next: { value: "b", next: null } },
  ],
  ["anything", {}, 5],
  ["null among types", { type: ["string", "null"] }, null],
  ["a map", { type: "object", additionalProperties: { type: "number" } }, { a: 1 }],
  ["no object where only objects are described", { properties: { a: text } }, "x"],
];

const notString = "Invalid input: expected string, received number";
const stringOrNull = "Invalid input: expected string or null";
const problems: [name: string, schema: JsonObject, value: JsonValue, expected: string[]][] = [
  ["a missing property", order, { id: "ord_1" }, [`note: ${stringOrNull}`]],
  ["two kinds", order, { id: 7, note: 7 }, [`id: ${notString}`, `note: ${stringOrNull}`]],
  [
    "a fraction",
    order,
    { ...plainOrder, amount: 0.5 },
    ["amount: Invalid input: expected int, received number"],
  ],
  [
    "an unknown choice",
    order,
    { ...plainOrder, kind: "none" },
    ['kind: Invalid option: expected one of "full"|"part"'],
  ],
  ["an item", order, { ...plainOrder, lines: [{}, { sku: 1 }] }, [`lines.1.sku: ${notString}`]],
  ["a further property", order, { ...plainOrder, more: "x" }, ['Unrecognized key: "more"']],
  ["a definition", { $ref: "#/definitions/a", definitions: { a: text } }, 1, [notString]],
  [
    "no branch",
    { anyOf: [{ type: "object", properties: { a: text } }, { const: "x" }] },
    { a: 1 },
    ["Fits no alternative"],
  ],
];

describe("validateAgainstSchema", () => {
  it.each(fitting)("finds nothing wrong: %s", (_name, schema, value) => {
    expect(validateAgainstSchema(schema, value)).toEqual([]);
  });

  it.each(problems)("tells path and expectation: %s", (_name, schema, value, expected) => {
    expect(validateAgainstSchema(schema, value)).toEqual(expected);
  });

  it("never shows a value", () => {
    const secrets: JsonObject = {
      id: "secret",
      amount: -4711,
      kind: "secret",
      note: ["secret"],
      lines: ["secret"],
    };
    const told = validateAgainstSchema(order, secrets);
    expect(told).toHaveLength(5);
    expect(told.join()).not.toMatch(/secret|4711/);
  });

  it("stops after 10 problems of 200 characters", () => {
    const numbers = validateAgainstSchema(
      { type: "array", items: text },
      Array.from({ length: 50 }, () => 1),
    );
    expect(numbers).toHaveLength(10);
    const [long = ""] = validateAgainstSchema(order, {
      id: "ord_1",
      note: null,
      ["k".repeat(999)]: 1,
    });
    expect(long).toHaveLength(200);
  });

  it("says nothing rather than something wrong", () => {
    const loose: [schema: JsonObject, value: JsonValue][] = [
      [{ ...text, format: "date-time" }, "2026-08-01T12:00:00+02:00"],
      [{ const: { a: [1] } }, { a: [1] }],
      [{ enum: [["x"], "y"] }, ["x"]],
      [{ const: ["x"] }, ["x"]],
      [{ oneOf: [{ required: ["b"], type: "object" }, { items: text }] }, {}],
      [{ type: "object", properties: { a: { not: text } } }, { a: 1 }],
      [{ $ref: "https://example.com/schema.json" }, 1],
      [{ ...text, pattern: "(" }, "x"],
    ];
    for (const [schema, value] of loose) expect(validateAgainstSchema(schema, value)).toEqual([]);
  });
});
