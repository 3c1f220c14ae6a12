// The same conversation in a session that OpenAI keeps (the Conversations API). Without a key a
// small server on this machine stands in for it.
// npx tsx examples/openai-session-hitl.ts
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline/promises";
import { json } from "node:stream/consumers";

import { Agent, OpenAIConversationsSession, run, tool } from "holdpoint";
import { z } from "zod";

import { model } from "./model.ts";

const getTemperature = tool({
  name: "get_temperature",
  description: "The temperature in a city, in degrees Celsius.",
  parameters: z.object({ city: z.string() }),
  needsApproval: (_context, { city }) => city !== "San Francisco",
  execute: ({ city }) => `The temperature in ${city} is 20 degrees Celsius`,
});

const agent = new Agent({
  name: "Weather Assistant",
  instructions: "You tell the temperature of the cities you are asked about.",
  tools: [getTemperature],
  model,
});

/** One conversation, kept as long as this example runs. */
function createStandIn(): Server {
  const items: object[] = [];
  return createServer((request, response) => {
    const answer = async (): Promise<unknown> => {
      if (request.url === "/v1/conversations") return { id: "conv_1", object: "conversation" };
      if (request.method === "POST") {
        const body = (await json(request)) as { items: object[] };
        for (const item of body.items) items.push(toStored(item, items.length + 1));
      }
      return { object: "list", data: items, has_more: false };
    };
    void answer().then((body) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(body));
    });
  });
}

/** The API gives every item an id and a type, and a text its form as content. */
function toStored(item: object, number: number): object {
  const { content } = item as { content?: unknown };
  const text = typeof content === "string" ? [{ type: "input_text", text: content }] : undefined;
  return {
    id: `item_${number}`,
    type: "message",
    ...item,
    ...(text === undefined ? {} : { content: text }),
  };
}

const terminal = createInterface({ input: process.stdin, output: process.stdout });
const lines = terminal[Symbol.asyncIterator]();

async function confirm(question: string): Promise<boolean> {
  process.stdout.write(`${question} (y/n): `);
  const { value, done } = await lines.next();
  return done !== true && ["y", "yes"].includes(value.trim().toLowerCase());
}

const hasKey = process.env["OPENAI_API_KEY"] !== undefined;
const server = createStandIn();
if (!hasKey) await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
const session = hasKey
  ? new OpenAIConversationsSession()
  : new OpenAIConversationsSession({
      apiKey: "none",
      baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    });

for (const prompt of [
  "What is the temperature in San Francisco?",
  "And in Oakland and in Berkeley?",
]) {
  console.log(`\n> ${prompt}`);
  let result = await run(agent, prompt, { session });
  while (result.interruptions.length > 0) {
    const { state } = result;
    for (const interruption of result.interruptions) {
      const { name, arguments: args } = interruption;
      if (await confirm(`Let ${name} run with ${args}?`)) state.approve(interruption);
      else state.reject(interruption);
    }
    result = await run(agent, state, { session });
  }
  console.log(result.finalOutput);
}

console.log(`\nThe conversation holds ${(await session.getItems()).length} items.`);
terminal.close();
server.closeAllConnections();
server.close();
