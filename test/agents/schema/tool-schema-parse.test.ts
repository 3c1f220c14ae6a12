import { RunContext } from "@openai/agents";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { toToolSchema } from "../../../src/agents/schema/tool-schema.ts";
import { number, object, sdkTool, text } from "../../support/sdk-tool.ts";

const point = z.object({ x: z.number(), y: z.number().optional() });
const shape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("dot"), at: point }),
  z.object({ kind: z.literal("line"), to: point.optional() }),
]);
const nullable = z.string().nullable();
const parsed: [name: string, parameters: unknown, values: unknown[]][] = [
  ["optional", z.object({ a: z.string().optional() }), [{ a: null }, {}, { a: "x" }, { a: 5 }]],
  ["required", z.object({ a: z.string() }), [{ a: null }, { a: "x" }, [], null, "x"]],
  ["nullable", z.object({ a: nullable, b: nullable.optional() }), [{ a: null, b: null }]],
  ["default", z.object({ a: z.string().default("x") }), [{ a: null }, {}, { a: "y" }]],
  ["default of an optional", z.object({ a: z.string().optional().default("x") }), [{ a: null }]],
  ["optional of a default", z.object({ a: z.string().default("x").optional() }), [{ a: null }]],
  ["catch", z.object({ a: z.string().optional().catch("x") }), [{ a: null }, { a: 5 }]],
  ["readonly", z.object({ a: z.string().optional().readonly() }), [{ a: null }]],
  ["coerced", z.object({ a: z.coerce.number().optional() }), [{ a: null }, { a: "5" }]],
  ["anything", z.object({ a: z.any().optional(), b: z.unknown() }), [{ a: null, b: null }]],
  ["a literal null", z.object({ a: z.literal(["x", null]).optional() }), [{ a: null }]],
  ["lazy", z.object({ a: z.lazy(() => nullable).optional() }), [{ a: null }, { a: "x" }]],
  ["preprocessed", z.object({ a: z.preprocess((a) => a ?? "d", z.string()) }), [{ a: null }]],
  ["trimmed", z.object({ a: z.string().trim().optional() }), [{ a: " x " }]],
  ["nested", z.object({ o: point.nullable() }), [{ o: { x: 1, y: null } }, { o: null }]],
  [
    "array",
    z.object({ o: z.array(point) }),
    [
      {
        o: [
          { x: 1, y: null },
          { x: 2, y: 3 },
        ],
      },
    ],
  ],
  ["optional items", z.object({ o: z.array(z.string().optional()) }), [{ o: [null, "x"] }]],
  ["record", z.object({ o: z.record(z.string(), point) }), [{ o: { k: { x: 1, y: null } } }]],
  [
    "tuple",
    z.object({ o: z.tuple([point]).rest(point) }),
    [{ o: [{ x: 1, y: null }] }, { o: [{ x: 1 }, { x: 1, y: null }] }],
  ],
  [
    "union",
    z.object({ o: z.union([z.object({ a: z.string().optional(), n: z.literal(1) }), point]) }),
    [{ o: { x: 1, y: null } }, { o: { a: null, n: 1 } }, { o: { a: null, n: 2 } }],
  ],
  [
    "discriminated union",
    z.object({ o: shape }),
    [{ o: { kind: "line", to: null } }, { o: { kind: "dot", at: { x: 1, y: null } } }],
  ],
  [
    "intersection",
    z.object({ o: point.and(z.object({ z: z.string().optional() })) }),
    [{ o: { x: 1, y: null, z: null } }],
  ],
  ["unknown keys", point, [{ x: 1, other: null }]],
  ["unknown keys, strict", z.strictObject({ a: z.string() }), [{ a: "x", b: 1 }]],
  ["unknown keys, loose", z.looseObject({ a: z.string().optional() }), [{ a: null, b: null }]],
  ["a key __proto__", point.partial(), [JSON.parse('{"__proto__":{"x":1},"x":null}')]],
  [
    "a refined object",
    point.refine(({ x }) => x > 0),
    [
      { x: 1, y: null },
      { x: 0, y: null },
    ],
  ],
  ["an optional root", point.optional(), [{ x: 1, y: null }, { x: "1" }]],
  ["a transformed root", point.transform((p) => [p]), [{ x: 1, y: null }, {}]],
  [
    "a default in a Standard Schema",
    z.object({ a: nullable.default("x") }).readonly(),
    [{ a: null }, {}],
  ],
  [
    "JSON Schema, optional",
    object({ a: text, b: { type: ["string", "null"] } }),
    [{ a: null, b: null }],
  ],
  ["JSON Schema, required", object({ a: text }, { required: ["a"] }), [{ a: null }]],
  ["JSON Schema, unchecked", object({ a: text }), [{ a: 5, other: null }, [1], "x", null]],
  ["JSON Schema, nested", object({ o: object({ a: text }) }), [{ o: { a: null } }, { o: null }]],
  [
    "JSON Schema, lists",
    object({
      a: { items: object({ b: text }) },
      t: { type: "array", items: [object({ b: text })] },
    }),
    [{ a: [{ b: null }], t: [{ b: null }, { b: null }] }],
  ],
  [
    "JSON Schema, references",
    object(
      { o: { $ref: "#/$defs/A" } },
      { $defs: { A: object({ a: text, next: { $ref: "#/$defs/A" } }) } },
    ),
    [{ o: { a: null, next: { a: "x", next: null } } }],
  ],
  [
    "JSON Schema, a map",
    object({ o: { type: "object", additionalProperties: object({ a: text }) } }),
    [{ o: { k: { a: null } } }],
  ],
  ["JSON Schema, default", object({ a: { ...text, default: "x" } }), [{ a: null }, {}]],
];

const failed = Symbol("failed");

async function sdkParsed(parameters: unknown, value: unknown, strict?: boolean): Promise<unknown> {
  let seen: unknown = failed;
  const theirs = sdkTool(parameters, (input) => (seen = input), strict);
  await theirs.invoke(new RunContext(), JSON.stringify(value)).catch(() => undefined);
  return seen;
}

function ours(parameters: unknown, strict = true): ReturnType<typeof toToolSchema> {
  return toToolSchema(parameters, { name: "t", strict });
}

function ourParsed(parameters: unknown, value: unknown, strict?: boolean): unknown {
  const { parse } = ours(parameters, strict);
  try {
    return parse(JSON.parse(JSON.stringify(value)));
  } catch {
    return failed;
  }
}

describe("the parser of toToolSchema", () => {
  it.each(parsed)("gives execute what the SDK's does: %s", async (_name, parameters, values) => {
    for (const value of values) {
      expect(ourParsed(parameters, value)).toStrictEqual(await sdkParsed(parameters, value));
    }
  });

  const notStrict = parsed.filter(([name]) => name.startsWith("JSON Schema"));
  it.each(notStrict)("keeps every null where not strict: %s", async (_name, parameters, values) => {
    for (const value of values) {
      const theirs = await sdkParsed(parameters, value, false);
      expect(ourParsed(parameters, value, false)).toStrictEqual(theirs);
    }
  });

  it("does not change the value it is given", () => {
    const value = { x: 1, y: null };
    for (const parameters of [point, point.optional(), object({ x: number, y: number })]) {
      ours(parameters).parse(value);
    }
    expect(value).toEqual({ x: 1, y: null });
  });

  it("tells where a Standard Schema does not fit, without the value", () => {
    const { parse } = ours(z.object({ o: z.object({ a: z.enum(["x"]) }) }).optional());
    expect(() => parse({ o: { a: "secret" } })).toThrow(
      new TypeError("does not fit the schema at o.a"),
    );
  });

  it("refuses values where references go in a circle, or leaves them alone", () => {
    const $defs = { A: { $ref: "#/$defs/B" }, B: { $ref: "#/$defs/A" } };
    const { parse } = ours(object({ a: { $ref: "#/$defs/A" } }, { required: ["a"], $defs }));
    expect(parse({ a: { b: null } })).toEqual({ a: { b: null } });
  });
});
