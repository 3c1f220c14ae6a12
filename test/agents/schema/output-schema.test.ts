import { Agent, Runner } from "@openai/agents";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { parseOutput, toOutputSchema } from "../../../src/agents/schema/output-schema.ts";
import { HoldpointError } from "../../../src/lib/errors.ts";
import { createSdkModel, sdkText } from "../../support/sdk-model.ts";
import { object, text } from "../../support/sdk-tool.ts";

const answer = z.object({ a: z.string() });
const failed = Symbol("failed");

function definition(strict: boolean, schema: Record<string, unknown>): Record<string, unknown> {
  return { type: "json_schema", name: "answer", strict, schema };
}

const rows: [name: string, outputType: unknown, texts: string[]][] = [
  ["nothing", undefined, ["hello", '{"a":1}']],
  ["text", "text", ["hello", '{"a":1}']],
  ["a zod object", answer, ['{"a":"x"}', '{"a":5}', "no JSON", '```json\n{"a":"x"}\n```', "null"]],
  ["a described zod object", answer.describe("D"), [' {"a":"x","b":1} ']],
  ["defaults", z.object({ a: z.string().default("q"), b: z.email() }), ['{"b":"a@b.co"}', "{}"]],
  ["nullable", z.object({ a: z.string().nullable() }), ['{"a":null}']],
  [
    "optional",
    z.object({ a: z.string().optional(), b: z.number().min(3) }),
    ['{"b":5}', '{"a":null,"b":5}', '{"b":1}'],
  ],
  ["a record", z.object({ a: z.record(z.string(), z.string()) }), ['{"a":{"x":"y"}}']],
  [
    "a discriminated union",
    z.object({
      a: z.discriminatedUnion("t", [
        z.object({ t: z.literal("x"), c: z.string().optional() }),
        z.object({ t: z.literal("y") }),
      ]),
    }),
    ['{"a":{"t":"x"}}', '{"a":{"t":"x","c":null}}', '{"a":{"t":"z"}}'],
  ],
  ["a refinement", answer.refine(({ a }) => a !== "x"), ['{"a":"x"}', '{"a":"y"}']],
  [
    "a Standard Schema",
    answer.and(z.object({ b: z.string().optional() })),
    ['{"a":"x","b":null}', '{"a":1}'],
  ],
  ["a transformed object", answer.transform(({ a }) => [a]), ['{"a":"x"}']],
  [
    "a definition",
    definition(true, object({ a: text }, { required: ["a"] })),
    ['{"a":5}', "5", "x"],
  ],
  ["a definition that is not strict", definition(false, object({ a: text })), ['{"a":null}']],
];

const refused: Record<string, unknown> = {
  "a transform": z.object({ a: z.string().transform(Number) }),
  "any beside optional": z.object({ a: z.any(), b: z.string().optional() }),
  "a union": z.union([answer, z.object({ b: z.string() })]),
  "a string": z.string(),
  "a list": z.array(z.string()),
  "a number": 5,
};

async function runSdk(
  outputType: unknown,
  reply: string,
): Promise<{ asked: unknown; finalOutput: unknown }> {
  const model = createSdkModel([[sdkText(reply)]]);
  const options = outputType === undefined ? {} : { outputType: outputType as "text" };
  const finalOutput = await runAgent({ name: "a", model, ...options }).catch(() => failed);
  return { asked: model.requests[0]?.outputType, finalOutput };
}

async function runAgent(options: ConstructorParameters<typeof Agent>[0]): Promise<unknown> {
  const runner = new Runner({ tracingDisabled: true });
  const { finalOutput } = await runner.run(new Agent(options), "hi", { maxTurns: 1 });
  return finalOutput;
}

function ourOutput(outputType: unknown, reply: string): unknown {
  try {
    return parseOutput(outputType, reply);
  } catch {
    return failed;
  }
}

describe("toOutputSchema and parseOutput", () => {
  it.each(rows)("ask and read as the SDK does: %s", async (_name, outputType, texts) => {
    for (const reply of texts) {
      const { asked, finalOutput } = await runSdk(outputType, reply);
      expect(toOutputSchema(outputType)).toEqual(asked);
      expect(ourOutput(outputType, reply)).toStrictEqual(finalOutput);
    }
  });

  it.each(Object.entries(refused))("refuse what the SDK refuses: %s", async (_name, outputType) => {
    const { asked, finalOutput } = await runSdk(outputType, "{}");
    expect([asked, finalOutput]).toEqual([undefined, failed]);
    expect(() => toOutputSchema(outputType)).toThrow(HoldpointError);
  });

  it("never quote a text that is not JSON", () => {
    expect(() => parseOutput(answer, "secret")).toThrow(
      new SyntaxError("The final output is not JSON"),
    );
  });
});
