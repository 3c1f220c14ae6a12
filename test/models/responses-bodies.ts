import { OpenAIResponsesModel } from "@openai/agents";
import type { ModelRequest } from "../../src/agents/model.ts";
import { createResponsesModel } from "../../src/models/responses.ts";
import { theirClient } from "../support/their-client.ts";
import { createRequest, tryModel } from "./support.ts";

const reply = { output: [] };

/** What our adapter and that of `@openai/agents` send for the same request. */
export async function responsesBodies(fields: Partial<ModelRequest>) {
  const request = createRequest(fields);
  const ours = await tryModel(
    (baseUrl) => createResponsesModel({ model: "m", apiKey: "k", baseUrl }),
    { request, reply },
  );
  const theirs = await tryModel(
    (baseURL) => new OpenAIResponsesModel(theirClient({ apiKey: "k", baseURL }), "m"),
    { request, reply },
  );
  return { ours, theirs };
}
