import type {
  AgentOutputItem,
  AssistantMessageItem,
  FunctionCallItem,
  ReasoningItem,
} from "../agents/items.ts";
import type { Model, ModelRequest, ModelResponse } from "../agents/model.ts";
import { Usage } from "../agents/usage.ts";
import { countResponses, nameCalls, streamAnswer, type WholeAnswer } from "./answer.ts";

/** What the model puts out, or what it throws. */
export type ScriptedReply = readonly AgentOutputItem[] | Error;

/** One reply, or how it is made from the request; a promise that stays open is a slow model. */
export type ScriptedTurn =
  | ScriptedReply
  | ((request: ModelRequest) => ScriptedReply | Promise<ScriptedReply>);

/** A model whose replies are known in advance. */
export interface ScriptedModel extends Model {
  /** Every request so far, each with a copy of its input and without its signal. */
  readonly requests: readonly ModelRequest[];
  getResponse(request: ModelRequest): Promise<ModelResponse & { usage: Usage }>;
}

/**
 * A model for tests: turn *n* of its life, counted from 1, is answered by entry *n* of `script`,
 * has response id `resp_n` and used 10n input and n output tokens. Beyond the script it throws.
 *
 * A function as the whole script answers every turn. It should look at the request only: then *n*
 * is counted from the responses in the input, so that another process goes on in the same way.
 */
export function createScriptedModel(
  script: readonly ScriptedTurn[] | Exclude<ScriptedTurn, ScriptedReply>,
): ScriptedModel {
  const requests: ModelRequest[] = [];
  let issued = 0;

  const answer = async (request: ModelRequest): Promise<WholeAnswer> => {
    const { signal, ...recorded } = request;
    requests.push({ ...recorded, input: structuredClone(request.input) });
    const isStateless = typeof script === "function";
    const number = isStateless ? countResponses(request.input) + 1 : requests.length;
    signal?.throwIfAborted();
    const turn = isStateless ? script : script[number - 1];
    if (turn === undefined) {
      throw new Error(`The script has no turn ${number}: it has ${script.length}`);
    }
    const reply = await untilAborted(
      typeof turn === "function" ? turn(request) : turn,
      request.signal,
    );
    if (isError(reply)) throw reply;
    const output = nameCalls(structuredClone([...reply]), { input: request.input, issued });
    if (!isStateless) issued += output.filter(({ type }) => type === "function_call").length;
    return {
      output,
      responseId: `resp_${number}`,
      usage: usageOf(number),
    };
  };

  return {
    requests,
    getResponse: answer,
    async *getStreamedResponse(request) {
      yield* streamAnswer(await answer(request));
    },
  };
}

function isError(reply: ScriptedReply): reply is Error {
  return reply instanceof Error;
}

function usageOf(number: number): Usage {
  return new Usage({
    requests: 1,
    inputTokens: 10 * number,
    outputTokens: number,
    totalTokens: 11 * number,
  });
}

function untilAborted<T>(value: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const settled = Promise.resolve(value);
  if (signal === undefined) return settled;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    settled.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/**
 * A function call. Text as `args` is taken as it stands, JSON or not. Without `callId` the model
 * names it: `call_1`, `call_2`, ... counting the calls in its input.
 */
export function call(name: string, args: unknown = {}, callId = ""): FunctionCallItem {
  return {
    type: "function_call",
    id: `fc_${callId}`,
    callId,
    name,
    status: "completed",
    arguments: typeof args === "string" ? args : JSON.stringify(args),
    providerData: {},
  };
}

/** An assistant's message with one text. */
export function message(text: string, id?: string): AssistantMessageItem {
  return {
    type: "message",
    ...(id !== undefined && { id }),
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, providerData: {} }],
  };
}

/** A reasoning item without a summary, as providers send it ahead of what it led to. */
export function reasoning(id: string): ReasoningItem {
  return { type: "reasoning", id, content: [], providerData: {} };
}
