import { describe } from "vitest";
import { z } from "zod";

import { call, message } from "../../src/testing.ts";
import type { RunContext } from "../../src/index.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

const city = z.object({ city: z.string() });

async function lookUp(): Promise<string> {
  return "found";
}

describe("tools", () => {
  parity("tells the model the default text for a tool that throws", async (lib, kit) => {
    const broken = lib.tool({
      name: "break",
      description: "Breaks.",
      parameters: z.object({}),
      execute: () => {
        throw new TypeError("boom");
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [broken],
      model: kit.model([call("break", {}, "c1")], [message("Broken.")]),
    });
    kit.report(await lib.run(agent, "Break."));
  });

  parity("lets a tool word its own failures", async (lib, kit) => {
    const broken = lib.tool({
      name: "break",
      description: "Breaks.",
      parameters: city,
      errorFunction: (_context, error) => {
        kit.print(error instanceof Error ? error.constructor.name : typeof error);
        return `It did not work: ${error instanceof Error ? error.message : String(error)}`;
      },
      execute: ({ city: name }) => {
        if (name === "Rome") throw new TypeError("boom");
        return Promise.reject("a plain text");
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [broken],
      model: kit.model(
        [call("break", { city: "Rome" }, "c1")],
        [call("break", { city: "Bonn" }, "c2")],
        [call("break", { town: 7 }, "c3")],
        [call("break", "{broken", "c4")],
        [message("Broken.")],
      ),
    });
    kit.report(await lib.run(agent, "Break."));
  });

  parity("fails the run where a tool has no words for failures", async (lib, kit) => {
    const broken = lib.tool({
      name: "break",
      description: "Breaks.",
      parameters: z.object({}),
      errorFunction: null,
      execute: () => {
        throw new TypeError("boom");
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [broken],
      model: kit.model([call("break", {}, "c1")], [message("Broken.")]),
    });
    const error = await kit.failure(() => lib.run(agent, "Break."));
    if (error instanceof lib.ToolCallError) kit.print(error.error.message);
    kit.print(error.state !== undefined);
  });

  parity("fails the run where arguments do not fit and nobody words it", async (lib, kit) => {
    const strictTool = lib.tool({
      name: "strict",
      description: "Takes a city.",
      parameters: city,
      errorFunction: null,
      execute: ({ city: name }) => name,
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [strictTool],
      model: kit.model([call("strict", { town: 7 }, "c1")], [message("Broken.")]),
    });
    const error = await kit.failure(() => lib.run(agent, "Break."));
    if (error instanceof lib.ToolCallError) kit.print(error.error.constructor.name);
  });

  parity(
    "tells the model of arguments it cannot read, whoever words failures",
    async (lib, kit) => {
      const strictTool = lib.tool({
        name: "strict",
        description: "Takes a city.",
        parameters: city,
        errorFunction: null,
        execute: ({ city: name }) => name,
      });
      const agent = new lib.Agent({
        name: "Clerk",
        tools: [strictTool],
        model: kit.model(
          [call("strict", "{broken", "c1")],
          [call("strict", "", "c2")],
          [message("Broken.")],
        ),
      });
      kit.report(await lib.run(agent, "Break."));
    },
  );

  parity("tells the model that a tool took too long", async (lib, kit) => {
    const slow = lib.tool({
      name: "slow",
      description: "Takes its time.",
      parameters: z.object({}),
      timeoutMs: 5,
      execute: async (_input, _context, details) => {
        await new Promise((resolve) => details?.signal?.addEventListener("abort", resolve));
        kit.print(details?.signal?.aborted);
        return "too late";
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [slow],
      model: kit.model([call("slow", {}, "c1")], [message("Slow.")]),
    });
    kit.report(await lib.run(agent, "Wait."));
  });

  parity("lets a tool word its own timeout", async (lib, kit) => {
    const slow = lib.tool({
      name: "slow",
      description: "Takes its time.",
      parameters: z.object({}),
      timeoutMs: 5,
      timeoutErrorFunction: (_context, error) => {
        kit.print(error.constructor.name, error.toolName, error.timeoutMs);
        return "Try later.";
      },
      execute: async (_input, _context, details) => {
        await new Promise((resolve) => details?.signal?.addEventListener("abort", resolve));
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [slow],
      model: kit.model([call("slow", {}, "c1")], [message("Slow.")]),
    });
    kit.report(await lib.run(agent, "Wait."));
  });

  parity("fails the run where a timeout is an exception", async (lib, kit) => {
    const slow = lib.tool({
      name: "slow",
      description: "Takes its time.",
      parameters: z.object({}),
      timeoutMs: 5,
      timeoutBehavior: "raise_exception",
      execute: async (_input, _context, details) => {
        await new Promise((resolve) => details?.signal?.addEventListener("abort", resolve));
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [slow],
      model: kit.model([call("slow", {}, "c1")], [message("Slow.")]),
    });
    await kit.failure(() => lib.run(agent, "Wait."));
  });

  parity("offers tools only where they are enabled", async (lib, kit) => {
    const named = (
      name: string,
      isEnabled: boolean | ((of: { runContext: RunContext }) => boolean),
    ) =>
      lib.tool({
        name,
        description: "Does nothing.",
        parameters: z.object({}),
        isEnabled,
        execute: () => "nothing",
      });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [
        named("always", true),
        named("never", false),
        named("for_admins", ({ runContext }) => (runContext.context as { admin: boolean }).admin),
      ],
      model: kit.model([message("One.")], [message("Two.")]),
    });
    kit.report(await lib.run(agent, "Hi.", { context: { admin: true } }));
    kit.report(await lib.run(agent, "Hi.", { context: { admin: false } }));
  });

  parity("fails the run for a tool that nobody knows", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1"), call("lost", {}, "c2")]),
    });
    const error = await kit.failure(() => lib.run(agent, "Find."));
    kit.print(error instanceof lib.ModelBehaviorError);
  });

  parity("fails the run for a tool that is not enabled", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [temperature(lib, kit, { isEnabled: false })],
      model: kit.model([call("get_temperature", { city: "Rome" }, "c1")]),
    });
    const error = await kit.failure(() => lib.run(agent, "Find."));
    kit.print(error instanceof lib.ModelBehaviorError);
  });

  parity("tells the model of a tool that nobody knows, where that is wanted", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model(
        [call("search", { query: "a" }, "c1"), call("lost", {}, "c2")],
        [message("Found.")],
      ),
    });
    const options = { toolNotFoundBehavior: "return_error_to_model" } as const;
    kit.report(await lib.run(agent, "Find.", options));
  });

  parity("makes structured outputs of images and files", async (lib, kit) => {
    const outputs: Record<string, unknown> = {
      image: { type: "image", image: "https://example.test/a.png", detail: "low" },
      image_data: { type: "image", image: { data: "aGk=", mediaType: "image/png" } },
      image_file: { type: "image", image: { fileId: "file_1" } },
      file: { type: "file", file: { data: "aGk=", mediaType: "text/plain", filename: "a.txt" } },
      file_url: { type: "file", file: { url: "https://example.test/a.pdf", filename: "a.pdf" } },
      file_id: { type: "file", file: { id: "file_2" } },
      text: { type: "text", text: "plain" },
      list: [
        { type: "text", text: "both" },
        { type: "image", image: "https://example.test/b.png" },
      ],
    };
    const fetchPart = lib.tool({
      name: "fetch_part",
      description: "Fetches.",
      parameters: z.object({ kind: z.string() }),
      execute: ({ kind }) => outputs[kind],
    });
    const kinds = Object.keys(outputs);
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [fetchPart],
      model: kit.model(
        kinds.map((kind) => call("fetch_part", { kind }, kind)),
        [message("Seen.")],
      ),
    });
    kit.report(await lib.run(agent, "Show."));
  });

  parity("makes text of whatever else a tool returns", async (lib, kit) => {
    const outputs: Record<string, unknown> = {
      nothing: undefined,
      nil: null,
      number: 7,
      yes: true,
      object: { a: 1, b: [2] },
      list: [1, "two"],
      empty: "",
      date: new Date(0),
    };
    const give = lib.tool({
      name: "give",
      description: "Gives.",
      parameters: z.object({ kind: z.string() }),
      execute: ({ kind }) => outputs[kind],
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [give],
      model: kit.model(
        Object.keys(outputs).map((kind) => call("give", { kind }, kind)),
        [message("Seen.")],
      ),
    });
    kit.report(await lib.run(agent, "Give."));
  });

  parity("hands defaults and transforms of the schema to the tool", async (lib, kit) => {
    const book = lib.tool({
      name: "book",
      description: "Books.",
      parameters: z.object({
        nights: z.number().int(),
        room: z.enum(["single", "double"]).default("single"),
        note: z.string().nullish(),
        guests: z.array(z.object({ name: z.string(), age: z.number().optional() })),
      }),
      execute: (input) => {
        kit.print(JSON.stringify(input));
        return "booked";
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [book],
      model: kit.model(
        [
          call(
            "book",
            { nights: 2, room: null, note: null, guests: [{ name: "Ann", age: null }] },
            "c1",
          ),
        ],
        [message("Booked.")],
      ),
    });
    kit.report(await lib.run(agent, "Book."));
  });

  parity("takes a JSON Schema, strict and not", async (lib, kit) => {
    const schema = {
      type: "object" as const,
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    };
    const strict = lib.tool({
      name: "strict",
      description: "Strict.",
      parameters: schema,
      execute: (input) => JSON.stringify(input),
    });
    const loose = lib.tool({
      name: "loose",
      description: "Loose.",
      strict: false,
      parameters: { type: "object" as const, properties: {}, additionalProperties: true },
      needsApproval: true,
      execute: (input) => JSON.stringify(input),
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [strict, loose],
      model: kit.model(
        [call("strict", { city: "Rome" }, "c1"), call("loose", { any: [1, { b: 2 }] }, "c2")],
        [message("Done.")],
      ),
    });
    let result = await lib.run(agent, "Go.");
    result.state.approve(interruptionOf(result, "c2"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("names tools as models allow, after their function if need be", async (lib, kit) => {
    const tools = [
      lib.tool({ description: "A.", parameters: z.object({}), execute: lookUp }),
      lib.tool({ name: "to do", description: "B.", parameters: z.object({}), execute: lookUp }),
      lib.tool({ name: "dash-ed", description: "C.", parameters: z.object({}), execute: lookUp }),
    ];
    kit.print(
      tools.map(({ name, type, description, strict }) => [name, type, description, strict]),
    );
    const agent = new lib.Agent({ name: "Clerk", tools, model: kit.model([message("Hi.")]) });
    kit.report(await lib.run(agent, "Hi."));
  });

  parity("tells a tool its call, its context and a signal", async (lib, kit) => {
    const look = lib.tool({
      name: "look",
      description: "Looks.",
      parameters: z.object({}),
      execute: (_input, context, details) => {
        kit.print(context?.context, details?.toolCall?.callId, details?.signal?.aborted);
        return "seen";
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [look],
      model: kit.model([call("look", {}, "c1")], [message("Seen.")]),
    });
    const { signal } = new AbortController();
    kit.report(await lib.run(agent, "Look.", { context: { a: 1 }, signal }));
  });

  parity("runs at most so many tools at once", async (lib, kit) => {
    const slow = lib.tool({
      name: "slow",
      description: "Takes its time.",
      parameters: z.object({ n: z.number() }),
      execute: async ({ n }) => {
        kit.print("begins", n);
        await new Promise((resolve) => setImmediate(resolve));
        kit.print("ends", n);
        return String(n);
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [slow],
      model: kit.model(
        [call("slow", { n: 1 }, "c1"), call("slow", { n: 2 }, "c2"), call("slow", { n: 3 }, "c3")],
        [message("Done.")],
      ),
    });
    const toolExecution = { maxFunctionToolConcurrency: 1 };
    kit.report(await lib.run(agent, "Go.", { toolExecution }));
  });

  parity("runs a call once although the model repeats it", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit), temperature(lib, kit)],
      model: kit.model(
        [call("search", { query: "a" }, "c1"), call("search", { query: "a" }, "c1")],
        [call("search", { query: "a" }, "c1"), call("search", { query: "b" }, "c2")],
        [call("get_temperature", { city: "Rome" }, "c3")],
        [call("get_temperature", { city: "Rome" }, "c3"), message("Done.")],
        [message("Done again.")],
      ),
    });
    let result = await lib.run(agent, "Go.");
    result.state.approve(interruptionOf(result, "c3"));
    result = await lib.run(agent, result.state);
    kit.report(result);
  });

  parity("refuses an id that is used again for another call", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model(
        [call("search", { query: "a" }, "c1")],
        [call("search", { query: "b" }, "c1")],
      ),
    });
    const error = await kit.failure(() => lib.run(agent, "Go."));
    kit.print(error instanceof lib.ModelBehaviorError);
  });

  parity("refuses two siblings of one id with different arguments", async (lib, kit) => {
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [search(lib, kit)],
      model: kit.model([
        call("search", { query: "a" }, "c1"),
        call("search", { query: "b" }, "c1"),
      ]),
    });
    await kit.failure(() => lib.run(agent, "Go."));
  });

  parity("takes a repeated call whose keys are in another order for the same", async (lib, kit) => {
    const add = lib.tool({
      name: "add",
      description: "Adds.",
      parameters: z.object({ a: z.number(), b: z.number() }),
      execute: ({ a, b }) => {
        kit.print("adding");
        return a + b;
      },
    });
    const agent = new lib.Agent({
      name: "Clerk",
      tools: [add],
      model: kit.model(
        [call("add", '{"a":1,"b":2}', "c1")],
        [call("add", '{"b":2.0,"a":1}', "c1"), message("Three.")],
        [message("Three, I said.")],
      ),
    });
    kit.report(await lib.run(agent, "Add."));
  });
});
