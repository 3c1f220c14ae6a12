import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { cutOutput } from "../../src/agents/limits.ts";
import { Agent, run, Runner, tool } from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";

function agentWith(execute: () => unknown, args: unknown = {}) {
  const read = tool({
    name: "read",
    description: "Reads.",
    parameters: z.object({ text: z.string().optional() }),
    needsApproval: (_context, { text }) => text !== undefined,
    execute,
  });
  const model = createScriptedModel([[call("read", args, "c1")], [message("Done.")]]);
  return new Agent({ name: "Reader", model, tools: [read] });
}

async function outputOf(agent: Agent, maxOutputCharacters?: number): Promise<unknown> {
  const limits = maxOutputCharacters === undefined ? {} : { maxOutputCharacters };
  const result = await new Runner({ toolExecution: limits }).run(agent, "read");
  const item = result.history.find(({ type }) => type === "function_call_result");
  return item !== undefined && "output" in item ? item.output : undefined;
}

describe("an output", () => {
  it("that is too long keeps its head, and says how much is missing", async () => {
    const text = `${"x".repeat(1_000_000)}tail`;
    expect(await outputOf(agentWith(() => text))).toEqual({
      type: "text",
      text: `${text.slice(0, 1_000_000)}\n[4 more characters of this output were left out: 1000000 is the most]`,
    });
  });

  it("of just the most is whole", async () => {
    expect(
      await outputOf(
        agentWith(() => "12345"),
        5,
      ),
    ).toEqual({ type: "text", text: "12345" });
  });

  it("that is a value is cut as the text that the model is given", async () => {
    const output = await outputOf(
      agentWith(() => ({ rows: [1, 2, 3] })),
      10,
    );
    expect(output).toMatchObject({ text: expect.stringMatching(/^\{"rows":\[1\n\[6 more/) });
  });

  it("that is an image is left out, which is said", async () => {
    const image = { type: "image", image: `data:image/png;base64,${"A".repeat(500)}` };
    const output = await outputOf(
      agentWith(() => image),
      100,
    );
    expect(output).toMatchObject({
      text: expect.stringMatching(/^This output was left out: it has 5\d\d characters as JSON/),
    });
  });

  it("never has half a character at the cut, and loses nothing that is not counted", () => {
    const texts = fc.string({ unit: "grapheme", maxLength: 60 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 40 }), (text, limit) => {
        const kept = cutOutput(text, limit);
        if (text.length <= limit) return kept === text;
        const [head = "", count] = kept.split(/\n\[(\d+) more characters[^\n]*$/);
        return (
          text.startsWith(head) &&
          Buffer.from(head).toString() === head &&
          head.length + Number(count) === text.length
        );
      }),
    );
  });
});

it("arguments that are too long are not asked about and not run; the model is told", async () => {
  let ran = 0;
  const agent = agentWith(() => (ran += 1), { text: "x".repeat(1_000_000) });
  const result = await run(agent, "read");
  expect(result.interruptions).toEqual([]);
  expect(ran).toBe(0);
  expect(JSON.stringify(result.history)).toContain(
    "have more than 1000000 characters, so it was not run",
  );
});

it("an input that is too long starts nothing, and says what to do", async () => {
  const agent = agentWith(() => "x");
  for (const input of ["x".repeat(4_000_001), [{ role: "user", content: "x".repeat(4_000_000) }]]) {
    await expect(run(agent, input as string)).rejects.toThrow(
      /the input has 40000\d\d characters, and 4000000 is the most/,
    );
  }
  expect(
    (
      await run(
        agentWith(() => "x"),
        "x".repeat(4_000_000),
      )
    ).finalOutput,
  ).toBe("Done.");
});
