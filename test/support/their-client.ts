import type { OpenAIResponsesModel } from "@openai/agents";
import { OpenAI, type ClientOptions } from "openai";

/**
 * A client for the models of `@openai/agents`, which brings a copy of `openai` of its own: the same
 * version, but its private members are others to the compiler.
 */
export function theirClient(
  options: ClientOptions,
): ConstructorParameters<typeof OpenAIResponsesModel>[0] {
  const client: unknown = new OpenAI(options);
  return client as ConstructorParameters<typeof OpenAIResponsesModel>[0];
}
