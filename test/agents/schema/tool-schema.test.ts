import { describe, expect, it } from "vitest";
import { z } from "zod";

import { toToolSchema } from "../../../src/agents/schema/tool-schema.ts";
import { HoldpointError } from "../../../src/lib/errors.ts";
import { number, object, sdkTool, text } from "../../support/sdk-tool.ts";

const point = z.object({ x: z.number(), y: z.number().optional() });
const shape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("dot"), at: point }),
  z.object({ kind: z.literal("line"), to: point.optional() }).describe("A line"),
]);
const tree: z.ZodObject = z.object({ name: z.string(), children: z.lazy(() => z.array(tree)) });

/** What zod makes of these goes out as it is. */
const exactZod: Record<string, z.ZodObject> = {
  "no fields": z.object({}),
  "strings, numbers, booleans": z.object({ a: z.string(), b: z.number(), c: z.boolean() }),
  bounds: z.object({ a: z.string().min(1).max(9), b: z.int().positive(), c: z.number().gt(1) }),
  formats: z.object({ a: z.email(), b: z.url(), c: z.uuid(), d: z.iso.datetime() }),
  pattern: z.object({ a: z.string().regex(/^ord_/) }),
  descriptions: z.object({ a: z.string().describe("An order") }).describe("Input"),
  metadata: z.object({ a: z.string().meta({ title: "A", examples: ["x"] }) }),
  nullable: z.object({ a: z.string().nullable(), b: point.pick({ x: true }).nullable() }),
  "described nullable": z.object({ a: z.string().describe("in").nullable().describe("out") }),
  nullish: z.object({ a: z.number().nullish(), b: z.string().nullable().optional() }),
  union: z.object({ a: z.union([z.string(), z.number()]) }),
  "union with null": z.object({ a: z.union([z.string(), z.null()]).optional() }),
  "union of objects": z.object({ a: point.required().or(z.string().min(3)).nullable() }),
  "discriminated union": z.object({
    a: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("dot"), size: z.int().min(1) }),
      z.object({ kind: z.literal("line") }).describe("A line"),
    ]),
  }),
  defaults: z.object({ a: z.string().default("x"), b: z.number().min(1).default(1) }),
  "default null": z.object({ a: z.string().nullable().default(null) }),
  "nested defaults": z.object({ a: z.object({ b: z.string().default("k") }).default({ b: "k" }) }),
  arrays: z.object({ a: z.array(z.string()).min(1), b: z.array(point.required()) }),
  enums: z.object({ a: z.enum(["x", "y"]), b: z.enum({ One: 1, Two: 2 }) }),
  literals: z.object({ a: z.literal("x"), b: z.literal([1, "y", null]), c: z.literal(true) }),
  "any and unknown": z.object({ a: z.any(), b: z.unknown(), c: z.any().optional() }),
  null: z.object({ a: z.null() }),
  strictObject: z.strictObject({ a: z.string() }),
  refinements: z.object({ a: z.string().refine(() => true) }).refine(() => true),
  "output of a pipe": z.object({ a: z.string().pipe(z.coerce.number()) }),
  lazy: z.object({ a: z.lazy(() => z.string()) }),
  "recursive by lazy": z.object({ a: tree, b: tree.nullable() }),
  "a shared definition": z.object({
    a: z.object({ q: z.string() }).meta({ id: "Shared" }).describe("The first"),
  }),
  "a root with an id": z.object({ a: z.string() }).meta({ id: "Root" }),
};

/** These lose bounds and defaults, in all of the schema. */
const plainZod: Record<string, z.ZodObject> = {
  optional: z.object({ a: z.string().optional(), b: z.number() }),
  "optional beside bounds": z.object({ a: z.string().optional(), b: z.email(), c: z.int().min(1) }),
  "described optional": z.object({ a: z.string().describe("in").optional().describe("out") }),
  "optional, described": z.object({ a: z.string().optional().describe("out") }),
  "optional of a default": z.object({ a: z.string().default("x").describe("out").optional() }),
  "default of an optional": z.object({ a: z.string().optional().default("x"), b: point }),
  "readonly, catch, prefault": z.object({
    a: z.string().describe("in").readonly().optional(),
    b: z.string().catch("x"),
    c: z.string().prefault("x").describe("out"),
    d: z.array(z.string().describe("lost").readonly()),
  }),
  "nullable beside optional": z.object({ a: z.string().nullable(), b: z.string().optional() }),
  "optional union": z.object({ a: z.union([z.string(), z.number()]).optional() }),
  "optional in branches": z.object({ a: z.union([point, z.string()]) }),
  "optional discriminated union": z.object({ a: shape.optional() }),
  "exclusive union": z.object({ a: z.xor([z.string().min(2), z.number()]) }),
  "nested optional": z.object({ a: z.object({ b: point.optional() }) }),
  "optional in an array": z.object({ a: z.array(point).optional() }),
  "optional enum and literal": z.object({
    a: z.enum(["x", "y"]).optional(),
    b: z.literal("x").optional(),
    c: z.literal([1, "y"]).optional(),
    d: z.enum({ One: 1, Two: "two" }).optional(),
  }),
  "optional numeric enum": z.object({
    a: z.enum(Object.freeze({ 0: "Zero", Zero: 0 }) as { Zero: 0 }).optional(),
  }),
  record: z.object({ a: z.record(z.string(), z.number().min(1)) }),
  "record of optional fields": z.object({ a: z.record(z.string(), point) }),
  "record with known keys": z.object({ a: z.record(z.enum(["x"]), z.string().describe("v")) }),
  tuple: z.object({ a: z.tuple([z.string(), point]) }),
  "tuple with a rest": z.object({ a: z.tuple([z.string()]).rest(z.number()) }),
  looseObject: z.looseObject({ a: z.string().min(1) }),
  "empty descriptions": z.object({ a: z.string().describe("").optional() }).describe(""),
  catchall: z.object({ a: z.object({ b: z.string() }).catchall(z.number()) }),
  intersection: z.object({
    a: point
      .describe("left")
      .and(z.object({ z: z.string() }).describe("right"))
      .optional(),
  }),
};

const jsonSchemas: Record<string, Record<string, unknown>> = {
  "no properties": object({}),
  "no properties named": { type: "object" },
  "a map": { type: "object", additionalProperties: text },
  "already strict": object({ a: text }, { required: ["a"], additionalProperties: false }),
  "all required": object({ a: text }, { required: ["a"] }),
  "some required": object({ a: text, b: number }, { required: ["b", "unknown"] }),
  "open object": object({ a: text }, { additionalProperties: true }),
  "described optional": object({ a: { ...text, description: "A", minLength: 1 } }),
  "nullable already": object({
    a: { type: ["string", "null"] },
    b: { anyOf: [text, { type: "null" }] },
    c: { enum: ["x", null] },
    d: { const: null },
    e: {},
    f: true,
    g: { minLength: 1 },
  }),
  "not nullable in spite of it": object({
    a: { type: "string", enum: ["x", null] },
    b: { type: ["string", "null"], enum: ["x"] },
    c: { type: "string", nullable: true },
    d: { enum: ["x"] },
    e: { const: "x" },
    f: false,
  }),
  "optional alternatives": object({ a: { anyOf: [text, number], description: "A", title: "T" } }),
  nested: object({ a: object({ b: object({ c: text }) }) }, { required: ["a"] }),
  arrays: object({ a: { type: "array", items: object({ b: text }) }, b: { type: "array" } }),
  tuples: object({ a: { type: "array", items: [object({ b: text }), text] } }, { required: ["a"] }),
  defaults: object({ a: { ...text, default: "x" }, b: { type: "null", default: null } }),
  "typed for objects too": object({ a: { type: ["object", "null"], properties: { b: text } } }),
  "closed without a type": object(
    { a: { properties: { b: text }, additionalProperties: false } },
    { required: ["a"] },
  ),
  "values of a map": object({ a: { type: "object", additionalProperties: object({ b: text }) } }),
  references: object(
    { a: { $ref: "#/$defs/A", description: "A" }, b: { $ref: "#/$defs/N" } },
    { $defs: { A: object({ next: { $ref: "#/$defs/A" } }), N: { type: ["string", "null"] } } },
  ),
  definitions: object({ a: { $ref: "#/definitions/a~1b" } }, { definitions: { "a/b": text } }),
  "itself again": object({ a: text, b: { $ref: "#" } }, { required: ["a"] }),
  "alternatives without optional properties": object(
    { a: { anyOf: [object({ b: text }, { required: ["b"] }), { type: "null" }] } },
    { title: "T", $comment: "c" },
  ),
  "properties named like keywords": object({ not: text, $ref: text, anyOf: text, default: text }),
  "a property named __proto__": JSON.parse('{"type":"object","properties":{"__proto__":{}}}'),
  "values that look like schemas": object({ a: { default: { not: 1 }, examples: [{ $ref: 1 }] } }),
  "not an object": { type: "string" },
};

const refusedZod: Record<string, z.ZodType> = {
  date: z.object({ a: z.date() }),
  bigint: z.object({ a: z.bigint() }),
  map: z.object({ a: z.map(z.string(), z.string()) }),
  set: z.object({ a: z.set(z.string()) }),
  transform: z.object({ a: z.string().transform(Number) }),
  never: z.object({ a: z.never() }),
  undefined: z.object({ a: z.undefined() }),
  symbol: z.object({ a: z.symbol() }),
  nan: z.object({ a: z.nan() }),
  custom: z.object({ a: z.custom(() => true) }),
  file: z.object({ a: z.file() }),
  json: z.object({ a: z.json() }),
  "any beside optional": z.object({ a: z.any(), b: z.string().optional() }),
  "null beside optional": z.object({ a: z.null(), b: z.string().optional() }),
  "lazy beside optional": z.object({ a: z.lazy(() => z.string()), b: z.string().optional() }),
  "pipe beside optional": z.object({ a: z.stringbool(), b: z.string().optional() }),
  "optional item": z.object({ a: z.tuple([z.string().optional()]) }),
  "optional alternative": z.object({ a: z.union([z.string().optional(), z.number()]) }),
  "empty tuple": z.object({ a: z.tuple([]) }),
  "record of anything": z.object({ a: z.record(z.string(), z.any()) }),
  "recursive and optional": z.object({
    a: z.string(),
    get next() {
      return refusedZod["recursive and optional"]?.optional() ?? z.never();
    },
  }),
  "intersection of other kinds": z.object({ a: z.string().and(z.number()) }),
  "not an object": z.string(),
  "alternatives at the root": z.union([point, shape]),
  "record at the root": z.record(z.string(), z.string()),
};

const refusedJson: Record<string, unknown> = {
  oneOf: object({ a: { oneOf: [text, number] } }),
  allOf: object({ a: { allOf: [text] } }),
  not: object({ a: { not: text } }),
  if: object({ a: { if: text, else: text } }),
  prefixItems: object({ a: { type: "array", prefixItems: [text] } }),
  patternProperties: { type: "object", patternProperties: { "^a": text } },
  propertyNames: object({ a: text }, { propertyNames: text }),
  dependentRequired: object({ a: text }, { dependentRequired: { a: ["b"] } }),
  unevaluatedProperties: object({ a: text }, { unevaluatedProperties: false }),
  "optional property in a branch": object({ a: { anyOf: [object({ b: text }), text] } }),
  "optional property in a referred branch": object(
    { a: { anyOf: [{ $ref: "#/$defs/A" }, text] } },
    { $defs: { A: object({ b: text }) } },
  ),
  "a constraint beside anyOf": object({ a: { anyOf: [text], minLength: 1 } }),
  "a constraint beside $ref": object({ a: { $ref: "#", minLength: 1 } }),
  "no branch": object({ a: { anyOf: [] } }),
  "unknown reference": object({ a: { $ref: "#/$defs/None" } }),
  "reference elsewhere": object({ a: { $ref: "https://example.com/a.json" } }),
  "nested $id": object({ a: { $id: "a", type: "string" } }),
  "properties without a type": { properties: { a: text } },
  "a node that is no schema": object({ a: 5 }),
  "an unused definition": object({ a: text }, { $defs: { A: { not: text } } }),
  "too deep": Array.from({ length: 200 }).reduce<unknown>((inner) => object({ a: inner }), text),
};

const notSchemas: Record<string, unknown> = {
  null: null,
  "a number": 5,
  "a text": "x",
  "a boolean": true,
  "a function": () => undefined,
  "a Standard Schema without JSON Schema": {
    "~standard": { version: 1, vendor: "x", validate: (value: unknown) => ({ value }) },
  },
};

function ours(parameters: unknown, strict = true): ReturnType<typeof toToolSchema> {
  return toToolSchema(parameters, { name: "t", strict });
}

describe("toToolSchema", () => {
  const schemas = { ...exactZod, ...plainZod };
  it.each(Object.entries(schemas))("makes the SDK's schema of zod: %s", (_name, parameters) => {
    expect(ours(parameters).schema).toEqual(sdkTool(parameters).parameters);
  });

  it.each(Object.entries(jsonSchemas))("makes the SDK's strict schema of: %s", (_name, schema) => {
    const before = structuredClone(schema);
    expect(ours(schema).schema).toEqual(sdkTool(schema).parameters);
    expect(schema).toEqual(before);
  });

  const anyJson = Object.entries({ ...jsonSchemas, ...refusedJson });
  it.each(anyJson)("leaves a JSON Schema that is not strict alone: %s", (_name, schema) => {
    expect(ours(schema, false).schema).toEqual(sdkTool(schema, undefined, false).parameters);
  });

  it.each(Object.entries({ ...refusedZod, ...refusedJson, ...notSchemas }))(
    "refuses what the SDK refuses: %s",
    (_name, parameters) => {
      expect(() => sdkTool(parameters)).toThrow(Error);
      expect(() => ours(parameters)).toThrow(HoldpointError);
    },
  );

  it("says which tool it is about, and why", () => {
    const parameters = z.object({ a: z.any(), b: z.string().optional() });
    expect(() => toToolSchema(parameters, { name: "refund", strict: true })).toThrow(
      expect.objectContaining({
        code: "invalid_input",
        message:
          'Cannot use the parameters of tool "refund": "b" is optional but not nullable, and a zod any is not supported',
      }),
    );
  });

  it("refuses zod and Standard Schemas that shall not be strict", () => {
    for (const parameters of [point, point.optional()]) {
      expect(() => sdkTool(parameters, undefined, false)).toThrow("Strict mode is required");
      expect(() => ours(parameters, false)).toThrow("strict: false");
    }
  });

  it("refuses what would change its meaning or has no end, with the reason", () => {
    const toOptional = object({ a: text, b: { $ref: "#/properties/a" } });
    expect(() => ours(toOptional)).toThrow("a reference must not point to an optional property");
    const recursive = refusedZod["recursive and optional"];
    expect(() => ours(recursive)).toThrow("a recursive zod object is not supported");
    const circular = { A: { $ref: "#/$defs/B" }, B: { $ref: "#/$defs/A" } };
    expect(ours(object({ a: { $ref: "#/$defs/A" } }, { $defs: circular })).schema).toMatchObject({
      properties: { a: { anyOf: [{ $ref: "#/$defs/A" }, { type: "null" }] } },
    });
  });

  it("takes no parameters for an object without properties", () => {
    const schema = { type: "object", properties: {}, required: [], additionalProperties: false };
    expect(ours(undefined).schema).toEqual(schema);
    expect(ours(undefined).parse({})).toEqual({});
  });

  it("takes a zod object that refers to itself, unlike the SDK", () => {
    const node = z.object({
      name: z.string().min(1),
      get children() {
        return z.array(node);
      },
    });
    expect(() => sdkTool(node)).toThrow(RangeError);
    expect(ours(node).schema).toMatchObject({
      properties: { name: { minLength: 1 }, children: { items: { $ref: "#" } } },
      required: ["name", "children"],
      additionalProperties: false,
    });
  });

  it("keeps later changes of a JSON Schema out", () => {
    for (const strict of [true, false]) {
      const properties: Record<string, unknown> = { a: text };
      const { schema } = ours(object(properties), strict);
      properties["b"] = text;
      expect(Object.keys(Object(schema["properties"]))).toEqual(["a"]);
    }
  });
});
