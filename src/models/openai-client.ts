import type { OpenAI } from "openai";
import { isRepeatable, type ModelRequest } from "../agents/model.ts";
import { isJsonObject } from "../lib/json.ts";
import { openClient, type OpenAiClientOptions } from "../openai/client.ts";
import { ModelError, toModelError } from "../openai/model-error.ts";
import { contentTexts } from "../openai/redact.ts";

export interface OpenAiModelOptions extends OpenAiClientOptions {
  model: string;
}

/** One HTTP request: what goes into the body, and what goes beside it. */
export interface OpenAiCall {
  path: string;
  body: Record<string, unknown>;
  headers?: Record<string, string> | undefined;
  query?: Record<string, unknown> | undefined;
  request: ModelRequest;
}

interface OpenAiReply<T> {
  data: T;
  requestId: string | undefined;
}

/**
 * Sends requests of models. Rejects with the signal's reason when the request's signal aborts,
 * otherwise with a `ModelError`. Only repeatable requests are sent again.
 */
export interface OpenAiCaller {
  post(call: OpenAiCall): Promise<OpenAiReply<unknown>>;
  /** The events end without an error also when the server closes early: look for the last one. */
  stream(call: OpenAiCall): Promise<OpenAiReply<AsyncIterable<unknown>>>;
}

/** Loads the `openai` package on the first call. */
export function createOpenAiCaller(options: OpenAiModelOptions): OpenAiCaller {
  let opening: Promise<OpenAI> | undefined;
  const open = (): Promise<OpenAI> =>
    (opening ??= openClient(options, `call model "${options.model}"`));

  return {
    async post(call) {
      const client = await open();
      try {
        const reply = await client
          .post<unknown>(call.path, { ...toRequestOptions(call), stream: false })
          .withResponse();
        return { data: reply.data, requestId: reply.request_id ?? undefined };
      } catch (error) {
        throw toCallError(error, client, call.request);
      }
    },

    async stream(call) {
      const client = await open();
      const deadline = createDeadline(call.request);
      try {
        const reply = await client
          .post<AsyncIterable<unknown>>(call.path, {
            ...toRequestOptions(call),
            stream: true,
            signal: deadline.signal,
          })
          .withResponse();
        const events = readEvents(reply.data, { client, deadline, request: call.request });
        return { data: events, requestId: reply.request_id ?? undefined };
      } catch (error) {
        throw toCallError(error, client, call.request);
      }
    },
  };
}

function toRequestOptions({ body, headers, query, request }: OpenAiCall) {
  const { retry, timeoutMs } = request.modelSettings;
  // A policy of the program's decides alone.
  const maxRetries = retry?.policy === undefined ? (retry?.maxRetries ?? 2) : 0;
  return {
    body,
    ...(headers !== undefined && { headers }),
    ...(query !== undefined && { query }),
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
    maxRetries: isRepeatable(request) ? maxRetries : 0,
    signal: request.signal ?? null,
  };
}

interface Deadline {
  readonly signal: AbortSignal;
  readonly passed: boolean;
  start(): void;
  clear(): void;
}

/** The client's own timeout ends with the headers; this one is for a body that stalls. */
function createDeadline({ modelSettings, signal }: ModelRequest): Deadline {
  const { timeoutMs } = modelSettings;
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  // The client asks a signal at each event, and one of two takes longer to answer.
  const isLone = timeoutMs === undefined || signal === undefined;
  return {
    signal: isLone ? (signal ?? controller.signal) : AbortSignal.any([signal, controller.signal]),
    get passed() {
      return controller.signal.aborted;
    },
    start() {
      if (timeoutMs !== undefined) timer = setTimeout(() => controller.abort(), timeoutMs);
    },
    clear() {
      clearTimeout(timer);
    },
  };
}

interface Reading {
  client: OpenAI;
  deadline: Deadline;
  request: ModelRequest;
}

async function* readEvents(events: AsyncIterable<unknown>, reading: Reading) {
  const { client, deadline, request } = reading;
  deadline.start();
  try {
    yield* events;
  } catch (error) {
    if (!deadline.passed) throw toCallError(error, client, request);
  } finally {
    deadline.clear();
  }
  // The client ends an aborted stream as if it were complete.
  request.signal?.throwIfAborted();
  if (deadline.passed) {
    throw new ModelError("timeout", "The model provider did not finish its answer in time");
  }
}

/** @throws the signal's reason when that is why the call failed. */
function toCallError(error: unknown, client: OpenAI, request: ModelRequest): Error {
  request.signal?.throwIfAborted();
  return toModelError(error, [client.apiKey ?? "", ...secretsOf(request)]);
}

/** What a provider may quote in an error, and must not be shown. */
function secretsOf({ input, modelSettings, systemInstructions, tools }: ModelRequest): string[] {
  const hosted = tools.map((tool) => (tool.type === "hosted_tool" ? tool.providerData : undefined));
  const credentials = hosted.map((tool) => [tool?.["authorization"], tool?.["headers"]]);
  const settings = modelSettings.providerData;
  const headers = [settings?.["extra_headers"], settings?.["extraHeaders"]].filter(isJsonObject);
  return contentTexts([input, systemInstructions, credentials, headers]);
}
