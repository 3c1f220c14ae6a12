import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isJsonObject, type JsonObject } from "../../src/lib/json.ts";
import { completionChunks, responseEvents } from "./openai-events.ts";
import { createOpenAiHistory, type OpenAiHistory } from "./openai-history.ts";

/** What the next request gets. The first that fits its kind wins. */
export type StandInReply =
  /** A response with these output items, as the Responses API writes them. */
  | { output: JsonObject[]; response?: JsonObject; breakOffAfter?: number }
  /** A chat completion with this message. */
  | { message: JsonObject; completion?: JsonObject; breakOffAfter?: number }
  /** The events of a stream, one by one; `done` for the `[DONE]` that ends chat streams. */
  | { events: JsonObject[]; done?: boolean; stall?: boolean }
  | { status: number; error: JsonObject | string; headers?: Record<string, string> }
  /** Any JSON, whatever was asked. */
  | { body: JsonObject }
  | "never"
  | "disconnect";

export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}

/** A local server with the parts of the OpenAI API that models and sessions use. */
export interface OpenAiStandIn {
  /** With the version in it: what clients take as their base URL. */
  readonly url: string;
  readonly requests: RecordedRequest[];
  readonly history: OpenAiHistory;
  /** Queues replies for model requests, one each; without one the reply is status 500. */
  reply(...replies: StandInReply[]): void;
  close(): Promise<void>;
}

export async function startOpenAiStandIn(): Promise<OpenAiStandIn> {
  const requests: RecordedRequest[] = [];
  const history = createOpenAiHistory();
  const queue: StandInReply[] = [];
  let answered = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const recorded = await record(request);
    requests.push(recorded);
    const lost = findLost(recorded, history);
    if (lost !== undefined) return sendError(response, lost);
    if (recorded.path.startsWith("/v1/conversations")) {
      return answerConversations(recorded, { response, history });
    }
    answered += 1;
    const reply = queue.shift() ?? { status: 500, error: "The stand-in has no reply left" };
    sendReply(recorded, { reply, response, history, number: answered });
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(new Error(String(error))));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The stand-in has no port");

  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    requests,
    history,
    reply: (...replies) => void queue.push(...replies),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function record(request: IncomingMessage): Promise<RecordedRequest> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return {
    method: request.method ?? "GET",
    path: request.url ?? "/",
    headers: request.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}

type Failure = Extract<StandInReply, { status: number }>;

function notFound(message: string, code?: string, param?: string): Failure {
  const status = code === undefined ? 404 : 400;
  const error = {
    message,
    type: "invalid_request_error",
    param: param ?? null,
    code: code ?? null,
  };
  return { status, error };
}

function findLost({ body }: RecordedRequest, history: OpenAiHistory): Failure | undefined {
  if (!isJsonObject(body)) return undefined;
  const { previous_response_id: previous, conversation } = body;
  if (typeof previous === "string" && !history.hasResponse(previous)) {
    const message = `Previous response with id '${previous}' not found.`;
    return notFound(message, "previous_response_not_found", "previous_response_id");
  }
  if (typeof conversation === "string" && history.conversation(conversation) === undefined) {
    return notFound(`Conversation with id '${conversation}' not found.`);
  }
  return undefined;
}

interface Sending {
  reply: StandInReply;
  response: ServerResponse;
  history: OpenAiHistory;
  number: number;
}

function sendReply(recorded: RecordedRequest, sending: Sending): void {
  const { reply, response, history, number } = sending;
  if (reply === "never") return;
  if (reply === "disconnect") return void response.destroy();
  if ("error" in reply) return sendError(response, reply);
  if ("body" in reply) return sendJson(response, reply.body);
  if ("events" in reply) {
    return sendEvents(response, reply.events, { done: reply.done, stall: reply.stall });
  }
  const asked = isJsonObject(recorded.body) ? recorded.body : {};
  const isStream = asked["stream"] === true;
  const breakOffAfter = reply.breakOffAfter;
  if ("output" in reply) {
    const made = makeResponse(reply, number);
    const { id } = made;
    if (typeof id === "string" && asked["store"] !== false) history.storeResponse(id);
    if (typeof asked["conversation"] === "string") {
      history.add(asked["conversation"], [...inputOf(asked), ...reply.output]);
    }
    if (isStream) return sendEvents(response, responseEvents(made), { breakOffAfter });
    return sendJson(response, made, breakOffAfter);
  }
  const made = makeCompletion(reply, number);
  if (!isStream) return sendJson(response, made, breakOffAfter);
  const options = asked["stream_options"];
  const withUsage = isJsonObject(options) && options["include_usage"] === true;
  return sendEvents(response, completionChunks(made, withUsage), { breakOffAfter, done: true });
}

function inputOf({ input }: JsonObject): JsonObject[] {
  if (Array.isArray(input)) return input.filter(isJsonObject);
  return input === undefined ? [] : [{ type: "message", role: "user", content: input }];
}

function makeResponse(
  { output, response = {} }: Extract<StandInReply, { output: unknown }>,
  number: number,
): JsonObject {
  return {
    id: `resp_${number}`,
    object: "response",
    created_at: 1,
    status: "completed",
    model: "stand-in",
    output,
    usage: {
      input_tokens: 10 * number,
      output_tokens: number,
      total_tokens: 11 * number,
      input_tokens_details: { cached_tokens: number },
      output_tokens_details: { reasoning_tokens: 0 },
    },
    ...response,
  };
}

function makeCompletion(
  { message, completion = {} }: Extract<StandInReply, { message: unknown }>,
  number: number,
): JsonObject {
  const reason = message["tool_calls"] === undefined ? "stop" : "tool_calls";
  return {
    id: `chatcmpl_${number}`,
    object: "chat.completion",
    created: 1,
    model: "stand-in",
    choices: [{ index: 0, message, finish_reason: reason }],
    usage: {
      prompt_tokens: 10 * number,
      completion_tokens: number,
      total_tokens: 11 * number,
      prompt_tokens_details: { cached_tokens: number },
      completion_tokens_details: { reasoning_tokens: 0 },
    },
    ...completion,
  };
}

const requestId = { "x-request-id": "req_stand_in" };

function sendJson(response: ServerResponse, body: JsonObject, breakOffAfter?: number): void {
  const text = JSON.stringify(body);
  response.writeHead(200, {
    ...requestId,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  if (breakOffAfter === undefined) return void response.end(text);
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}

function sendError(response: ServerResponse, { status, error, headers }: Failure): void {
  const told = typeof error === "string" ? { message: error, type: "stand_in", code: null } : error;
  response.writeHead(status, { ...requestId, "content-type": "application/json", ...headers });
  response.end(JSON.stringify({ error: told }));
}

interface EventOptions {
  breakOffAfter?: number | undefined;
  done?: boolean | undefined;
  stall?: boolean | undefined;
}

function sendEvents(
  response: ServerResponse,
  events: readonly JsonObject[],
  { breakOffAfter, done, stall }: EventOptions,
): void {
  response.writeHead(200, { ...requestId, "content-type": "text/event-stream" });
  const text = events
    .slice(0, breakOffAfter)
    .map((event) => {
      const name = typeof event["type"] === "string" ? `event: ${event["type"]}\n` : "";
      return `${name}data: ${JSON.stringify(event)}\n\n`;
    })
    .join("");
  if (breakOffAfter !== undefined) {
    response.write(text, () => response.destroy());
  } else if (stall === true) {
    response.write(text);
  } else {
    response.end(done === true ? `${text}data: [DONE]\n\n` : text);
  }
}

function answerConversations(
  { method, path, body }: RecordedRequest,
  { response, history }: { response: ServerResponse; history: OpenAiHistory },
): void {
  const url = new URL(path, "http://stand-in");
  const [, , , id, , itemId] = url.pathname.split("/");
  const given = isJsonObject(body) && Array.isArray(body["items"]) ? body["items"] : [];
  const items = given.filter(isJsonObject);
  if (id === undefined) return sendJson(response, history.createConversation(items));
  const held = history.conversation(id);
  if (held === undefined) {
    return sendError(response, notFound(`Conversation with id '${id}' not found.`));
  }
  const found = { id, object: "conversation", created_at: 1, metadata: {} };
  if (!url.pathname.includes("/items")) return sendJson(response, found);
  if (method === "POST") return sendJson(response, toList(history.add(id, items), false));
  if (itemId === undefined) return sendJson(response, listItems(held, url.searchParams));
  const at = held.findIndex((item) => item["id"] === itemId);
  if (at === -1) return sendError(response, notFound(`Item with id '${itemId}' not found.`));
  held.splice(at, 1);
  return sendJson(response, found);
}

/** Newest first unless asked otherwise, 20 a page, as the API does. */
function listItems(held: readonly JsonObject[], query: URLSearchParams): JsonObject {
  const ordered = query.get("order") === "asc" ? [...held] : held.toReversed();
  const after = query.get("after");
  const rest = ordered.slice(ordered.findIndex((item) => item["id"] === after) + 1);
  const limit = Number(query.get("limit") ?? 20);
  return toList(rest.slice(0, limit), rest.length > limit);
}

function toList(data: JsonObject[], hasMore: boolean): JsonObject {
  const [first, last] = [data.at(0), data.at(-1)];
  return {
    object: "list",
    data,
    first_id: first?.["id"] ?? null,
    last_id: last?.["id"] ?? null,
    has_more: hasMore,
  };
}
