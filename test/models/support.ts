import { setTracingDisabled, withTrace } from "@openai/agents";
import type { ModelRequest } from "../../src/agents/model.ts";
import { startOpenAiStandIn, type StandInReply } from "../support/openai-stand-in.ts";

setTracingDisabled(true);

/** Our models and theirs, by what both can be asked. */
export interface AnyModel {
  getResponse(request: unknown): Promise<unknown>;
  getStreamedResponse(request: unknown): AsyncIterable<unknown>;
}

export function createRequest(fields: Partial<ModelRequest> = {}): ModelRequest {
  return {
    input: "hi",
    modelSettings: {},
    tools: [],
    toolsExplicitlyProvided: false,
    outputType: "text",
    handoffs: [],
    tracing: false,
    ...fields,
  };
}

interface Trial {
  request: ModelRequest;
  reply: StandInReply;
}

export interface Outcome {
  body: unknown;
  response: unknown;
}

/** What a model sends for a request, plain and streamed, and what it makes of the answer. */
export async function tryModel(
  open: (url: string) => AnyModel,
  { request, reply }: Trial,
): Promise<{ plain: Outcome; streamed: Outcome }> {
  const standIn = await startOpenAiStandIn();
  standIn.reply(reply, reply);
  if (request.previousResponseId !== undefined) {
    standIn.history.storeResponse(request.previousResponseId);
  }
  if (request.conversationId !== undefined) standIn.history.createConversation([]);
  try {
    const model = open(standIn.url);
    const plain = await withTrace("plain", () => model.getResponse(structuredClone(request)));
    const events = await withTrace("streamed", () =>
      collect(model.getStreamedResponse(structuredClone(request))),
    );
    const done = events.find((event) => typeOf(event) === "response_done");
    return {
      plain: { body: standIn.requests[0]?.body, response: plain },
      streamed: { body: standIn.requests[1]?.body, response: done },
    };
  } finally {
    await standIn.close();
  }
}

export async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const event of events) collected.push(event);
  return collected;
}

function typeOf(event: unknown): unknown {
  return typeof event === "object" && event !== null && "type" in event ? event.type : undefined;
}

/** The rejection of `promise`; an error when it does not reject with one. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error("It did not fail with an error");
}

/** Everything that could be printed of an error. */
export function everythingSaid(error: Error): string {
  const fields = Object.getOwnPropertyNames(error).map((name) => Reflect.get(error, name));
  return [error.toString(), error.stack, JSON.stringify(fields), String(error.cause)].join("\n");
}
