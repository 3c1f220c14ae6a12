import { describe, expect, it } from "vitest";

import { validateAgainstSchema } from "../../src/agent/schema-check.ts";
import type { JsonObject, JsonValue } from "../../src/lib/json.ts";

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

const fitting: [schema: JsonObject, value: JsonValue][] = [
  [order, { id: "ord_1", note: null }],
  [order, { id: "ord_1", note: "x", amount: 3, kind: "full", lines: [{ sku: "s" }, {}] }],
  [
    { $ref: "#/$defs/list", $defs: { list } },
    { value: "a", next: { value: "b", next: null } },
  ],
  [{}, 5],
  [{ type: ["string", "null"] }, null],
  [{ type: "object", additionalProperties: { type: "number" } }, { a: 1 }],
  [{ properties: { a: text } }, "not an object"],
];

const problems: [schema: JsonObject, value: JsonValue, expected: string[]][] = [
  [order, { id: "ord_1" }, ["note: Invalid input: expected string or null"]],
  [
    order,
    { id: 7, note: 7 },
    [
      "id: Invalid input: expected string, received number",
      "note: Invalid input: expected string or null",
    ],
  ],
  [
    order,
    { id: "ord_1", note: null, amount: 0.5 },
    ["amount: Invalid input: expected int, received number"],
  ],
  [
    order,
    { id: "ord_1", note: null, kind: "none" },
    ['kind: Invalid option: expected one of "full"|"part"'],
  ],
  [
    order,
    { id: "ord_1", note: null, lines: [{}, { sku: 1 }] },
    ["lines.1.sku: Invalid input: expected string, received number"],
  ],
  [order, { id: "ord_1", note: null, more: "secret" }, ['Unrecognized key: "more"']],
  [
    { $ref: "#/definitions/a", definitions: { a: text } },
    1,
    ["Invalid input: expected string, received number"],
  ],
  [
    { anyOf: [{ properties: { a: text }, type: "object" }, { const: "x" }] },
    { a: 1 },
    ["Fits no alternative"],
  ],
];

describe("validateAgainstSchema", () => {
  it.each(fitting)("finds nothing in %j of %j", (schema, value) => {
    expect(validateAgainstSchema(schema, value)).toEqual([]);
  });

  it.each(problems)("tells by %j what is wrong with %j", (schema, value, expected) => {
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
