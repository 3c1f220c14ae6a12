import { afterEach, describe, expect, it, vi } from "vitest";

import { message } from "../../src/testing.ts";
import type { Model, ModelRetryAdvice, ModelRetrySettings } from "../../src/index.ts";
import { startOpenAiStandIn } from "../support/openai-stand-in.ts";
import { ourModel, wireMessage } from "../support/server-history.ts";
import { createKit, type Kit } from "./kit.ts";
import { ours, type Library } from "./libraries.ts";
import { parity } from "./parity.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** An error of an HTTP client. */
function failed(status: number, headers: Record<string, string> = {}): Error {
  return Object.assign(new Error(`status ${status}`), { status, headers: new Headers(headers) });
}

interface Answers {
  advice?: ModelRetryAdvice;
  /** Whether a stream tells something before it fails. */
  begins?: boolean;
}

/** A model that throws these errors, one after the other, and then answers. */
function failing(
  lib: Library,
  kit: Kit,
  errors: readonly unknown[],
  { advice, begins }: Answers = {},
): Model {
  const left = [...errors];
  const response = {
    usage: new lib.Usage({ requests: 1, inputTokens: 3, outputTokens: 4, totalTokens: 7 }),
    output: [message("Hi.")],
  };
  function attempt(): void {
    kit.print("asked");
    if (left.length > 0) throw left.shift();
  }
  return {
    async getResponse() {
      attempt();
      return response;
    },
    async *getStreamedResponse() {
      if (begins === true) yield { type: "output_text_delta" as const, delta: "H" };
      attempt();
      yield { type: "response_done" as const, response: { ...response, id: "r1" } };
    },
    ...(advice === undefined ? {} : { getRetryAdvice: () => advice }),
  };
}

/** Timers of retries go off at once, and say for how long they were set. */
function hurry(kit: Kit): void {
  const real = globalThis.setTimeout;
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms: number) => {
    // The test runner has timers of its own, and what a policy is waited for is no wait between tries.
    const stack = new Error().stack ?? "";
    if (!/retry/i.test(stack) || /pending/.test(stack)) return real(work, ms);
    kit.print("waits", ms);
    return real(work, 0);
  }) as typeof setTimeout);
}

const backoff = { jitter: false };

interface Tried extends Answers {
  retry: ModelRetrySettings;
  errors: readonly unknown[];
  stream?: boolean;
  options?: object;
}

async function attemptAll(lib: Library, kit: Kit, tried: Tried): Promise<void> {
  const { retry, errors, stream = false, options = {} } = tried;
  hurry(kit);
  const model = failing(lib, kit, errors, tried);
  const agent = new lib.Agent({ name: "A", model, modelSettings: { retry } });
  const work = async (): Promise<void> => {
    if (stream) await kit.watch(await lib.run(agent, "Go.", { ...options, stream }));
    else kit.report(await lib.run(agent, "Go.", options));
  };
  await work().catch((error: Error) => kit.print("failed", error.message));
  vi.restoreAllMocks();
}

const always = () => true;
const twice = [failed(500), failed(500)];

/** By name, what is tried; a function where policies are the library's. */
const programs: Record<string, (lib: Library, kit: Kit) => Tried> = {
  "maxRetries and policy: until it answers": () => ({
    retry: { maxRetries: 2, policy: always, backoff },
    errors: twice,
  }),
  "no more often than maxRetries": () => ({
    retry: { maxRetries: 1, policy: always, backoff },
    errors: twice,
  }),
  "not without a policy": () => ({ retry: { maxRetries: 3, backoff }, errors: twice }),
  "not without maxRetries": () => ({ retry: { policy: always, backoff }, errors: twice }),
  "initialDelayMs, multiplier and maxDelayMs of backoff": () => ({
    retry: {
      maxRetries: 4,
      policy: always,
      backoff: { ...backoff, initialDelayMs: 100, multiplier: 3, maxDelayMs: 500 },
    },
    errors: [...twice, ...twice],
  }),
  "retry and delayMs of a decision": () => ({
    retry: {
      maxRetries: 2,
      policy: ({ attempt }) => ({ retry: attempt < 2, delayMs: 7, reason: "r" }),
    },
    errors: twice,
  }),
  "retry-after in seconds": () => ({
    retry: { maxRetries: 1, policy: always },
    errors: [failed(429, { "retry-after": "3" })],
  }),
  "retry-after-ms before retry-after": () => ({
    retry: { maxRetries: 1, policy: always },
    errors: [failed(429, { "retry-after": "3", "retry-after-ms": "40" })],
  }),
  "retry-after beneath a cause": () => ({
    retry: { maxRetries: 1, policy: always },
    errors: [new Error("wrapped", { cause: failed(503, { "retry-after": "2" }) })],
  }),
  "retryAfterMs of the model's advice": () => ({
    retry: { maxRetries: 1, policy: always },
    errors: [failed(429, { "retry-after": "3" })],
    advice: { retryAfterMs: 20 },
  }),
  "an abort": () => ({
    retry: { maxRetries: 1, policy: always },
    errors: [Object.assign(new Error("stop"), { name: "AbortError" })],
  }),
  "what isAbort says in the advice": () => ({
    retry: { maxRetries: 1, policy: always },
    errors: [failed(500)],
    advice: { normalized: { isAbort: true } },
  }),
  "replaySafety unsafe": () => ({
    retry: { maxRetries: 1, policy: always },
    errors: [failed(500)],
    advice: { replaySafety: "unsafe" },
  }),
  "replaySafety unsafe, and approveUnsafeReplay": () => ({
    retry: { maxRetries: 1, policy: () => ({ retry: true, approveUnsafeReplay: true }), backoff },
    errors: [failed(500)],
    advice: { replaySafety: "unsafe" },
  }),
  "a conversation at the provider": () => ({
    retry: { maxRetries: 1, policy: always, backoff },
    errors: [failed(500)],
    options: { conversationId: "conv_1" },
  }),
  "a conversation at the provider, and replaySafety safe": () => ({
    retry: { maxRetries: 1, policy: always, backoff },
    errors: [failed(500)],
    options: { conversationId: "conv_1" },
    advice: { replaySafety: "safe" },
  }),
  "a previous response, with approveUnsafeReplay alone": () => ({
    retry: { maxRetries: 1, policy: () => ({ retry: true, approveUnsafeReplay: true }), backoff },
    errors: [failed(500)],
    options: { previousResponseId: "resp_1" },
  }),
  "a policy that throws": () => ({
    retry: { maxRetries: 1, policy: () => Promise.reject(new Error("broken policy")) },
    errors: twice,
  }),
  "retryPolicies.never": (lib) => ({
    retry: { maxRetries: 1, policy: lib.retryPolicies.never() },
    errors: twice,
  }),
  "retryPolicies.networkError": (lib) => ({
    retry: { maxRetries: 5, policy: lib.retryPolicies.networkError(), backoff },
    errors: [
      Object.assign(new Error("x"), { code: "ECONNRESET" }),
      new Error("socket hang up"),
      new TypeError("fetch failed"),
      Object.assign(new Error("x"), { name: "APIConnectionError" }),
      failed(500),
    ],
  }),
  "retryPolicies.httpStatus": (lib) => ({
    retry: { maxRetries: 3, policy: lib.retryPolicies.httpStatus([429, 503]), backoff },
    errors: [failed(429), Object.assign(new Error("x"), { statusCode: 503 }), failed(500)],
  }),
  "retryPolicies.retryAfter": (lib) => ({
    retry: { maxRetries: 3, policy: lib.retryPolicies.retryAfter() },
    errors: [failed(429, { "retry-after": "1" }), failed(429)],
  }),
};

const advices: ModelRetryAdvice[] = [
  { suggested: true },
  { suggested: true, retryAfterMs: 9, replaySafety: "safe", reason: "busy" },
  { suggested: false, reason: "no" },
  { suggested: false, replaySafety: "unsafe" },
  {},
];

describe("models that fail", () => {
  for (const [name, makeTried] of Object.entries(programs)) {
    // A stream whose model says that it was aborted just ends there.
    for (const stream of name === "an abort" ? [false] : [false, true]) {
      parity(`are asked again, by ${name}; streamed: ${stream}`, async (lib, kit) => {
        await attemptAll(lib, kit, { ...makeTried(lib, kit), stream });
      });
    }
  }

  for (const way of [
    "providerSuggested",
    "any",
    "all",
    "all, approved",
    "any, approved",
  ] as const) {
    parity(
      `are asked again as they advise, by suggested and replaySafety: ${way}`,
      async (lib, kit) => {
        const { providerSuggested, any, all, httpStatus } = lib.retryPolicies;
        const approve = () => ({ retry: true, approveUnsafeReplay: true, delayMs: 5 });
        const policy = {
          providerSuggested: providerSuggested(),
          any: any(httpStatus([500]), providerSuggested()),
          all: all(providerSuggested(), httpStatus([500])),
          "all, approved": all(providerSuggested(), approve),
          "any, approved": any(approve, providerSuggested()),
        }[way];
        for (const advice of advices) {
          const retry = { maxRetries: 1, policy, backoff };
          await attemptAll(lib, kit, { retry, errors: [failed(500)], advice });
        }
      },
    );
  }

  parity("are not asked again once something was told", async (lib, kit) => {
    const retry = { maxRetries: 1, policy: always, backoff };
    await attemptAll(lib, kit, { retry, errors: twice, stream: true, begins: true });
  });

  parity("tell a policy what is known", async (lib, kit) => {
    const policy = (context: Parameters<NonNullable<ModelRetrySettings["policy"]>>[0]) => {
      const { attempt, maxRetries, stream, providerAdvice, normalized, replaySafety } = context;
      const { error, responseStarted, statefulRequest, conversationId, previousResponseId } =
        context;
      kit.print((error as Error).message, attempt, maxRetries, stream, providerAdvice);
      const { statusCode, retryAfterMs, errorCode, isNetworkError, isAbort } = normalized;
      kit.print(statusCode, retryAfterMs, errorCode, isNetworkError, isAbort);
      kit.print(replaySafety, responseStarted, statefulRequest, conversationId, previousResponseId);
      return false;
    };
    const error = Object.assign(failed(503, { "retry-after-ms": "8" }), { code: "EPIPE" });
    for (const tried of [
      { advice: { suggested: true, responseStarted: true, normalized: { errorCode: "other" } } },
      { options: { conversationId: "conv_1" } },
      { options: { previousResponseId: "resp_1" }, stream: true },
    ]) {
      await attemptAll(lib, kit, { retry: { maxRetries: 2, policy }, errors: [error], ...tried });
    }
  });

  parity("tell their getRetryAdvice what failed", async (lib, kit) => {
    const model: Model = {
      ...failing(lib, kit, [failed(500)]),
      getRetryAdvice: ({ request, error, stream, attempt }) => {
        kit.print(JSON.stringify(request.input), (error as Error).message, stream, attempt);
        return undefined;
      },
    };
    const agent = new lib.Agent({ name: "A", model });
    await kit.failure(() => lib.run(agent, [lib.user("Go.")], {}));
  });

  parity("are not asked after an abort in between", async (lib, kit) => {
    const controller = new AbortController();
    const policy = () => {
      setTimeout(() => controller.abort(new Error("enough")), 0);
      return { retry: true, delayMs: 60_000 };
    };
    const model = failing(lib, kit, twice);
    const modelSettings = { retry: { maxRetries: 1, policy } };
    const agent = new lib.Agent({ name: "A", model, modelSettings });
    await kit.failure(() => lib.run(agent, "Go.", { signal: controller.signal }));
  });

  for (const stream of [false, true]) {
    parity(
      `end with a ModelTimeoutError after timeoutMs; streamed: ${stream}`,
      async (lib, kit) => {
        for (const maxRetries of [0, 1]) {
          for (const approveUnsafeReplay of [false, true]) {
            const answer = (signal?: AbortSignal): Promise<never> => {
              kit.print("asked");
              return new Promise((_resolve, reject) => {
                signal?.addEventListener("abort", () => reject(new Error("cut off")));
              });
            };
            const model: Model = {
              getResponse: ({ signal }) => answer(signal),
              async *getStreamedResponse({ signal }) {
                yield await answer(signal);
              },
            };
            const policy = () => ({ retry: true, delayMs: 0, approveUnsafeReplay });
            const modelSettings = { timeoutMs: 5, retry: { maxRetries, policy } };
            const agent = new lib.Agent({ name: "A", model, modelSettings });
            const error = await kit.failure(async () => {
              if (!stream) return lib.run(agent, "Go.");
              const streamed = await lib.run(agent, "Go.", { stream });
              return streamed.completed;
            });
            if (!(error instanceof lib.ModelTimeoutError)) throw error;
            kit.print(error.timeoutMs, error.code, (error.cause as Error).message);
            kit.print(error.state !== undefined);
          }
        }
      },
    );
  }

  parity(
    "refuse a timeoutMs that is none",
    async (lib, kit) => {
      for (const timeoutMs of [0, -1, NaN, 2 ** 31]) {
        const model = failing(lib, kit, []);
        const agent = new lib.Agent({ name: "A", model, modelSettings: { timeoutMs } });
        const error = await kit.failure(() => lib.run(agent, "Go."));
        kit.print(error instanceof lib.UserError);
      }
    },
    { differs: ["errors_say_what_to_do"], prints: ["true", "true", "true", "true"] },
  );
});

describe("models that fail, here", () => {
  it("are asked again with a delay of chance, an eighth either way", async () => {
    const { kit, transcript } = createKit();
    vi.spyOn(Math, "random").mockReturnValueOnce(0).mockReturnValueOnce(0.999);
    await attemptAll(ours, kit, { retry: { maxRetries: 2, policy: always }, errors: twice });
    expect(transcript).toEqual(expect.arrayContaining(["waits 219", "waits 562"]));
  });

  it("refuse a policy that is no function", async () => {
    const retry = { maxRetries: 1, policy: "always" } as unknown as ModelRetrySettings;
    const { kit } = createKit();
    const agent = new ours.Agent({
      name: "A",
      model: failing(ours, kit, []),
      modelSettings: { retry },
    });
    await expect(ours.run(agent, "Go.")).rejects.toThrow("modelSettings.retry.policy: it must be");
  });

  it("are not asked again after a hosted tool may have acted, unless that is approved", async () => {
    const hosted = ours.codeInterpreterTool();
    for (const [approveUnsafeReplay, asked] of [
      [false, 1],
      [true, 2],
    ] as const) {
      const { kit, transcript } = createKit();
      const policy = () => ({ retry: true, delayMs: 0, approveUnsafeReplay });
      const agent = new ours.Agent({
        name: "A",
        tools: [hosted],
        model: failing(ours, kit, [failed(500)]),
        modelSettings: { retry: { maxRetries: 1, policy } },
      });
      await ours.run(agent, "Go.").catch(() => undefined);
      expect(transcript.filter((line) => line === "asked")).toHaveLength(asked);
    }
  });

  it("of OpenAI leave all attempts to the policy, and tell it what the provider said", async () => {
    const standIn = await startOpenAiStandIn();
    try {
      standIn.reply({ status: 503, error: "busy", headers: { "retry-after-ms": "1" } });
      standIn.reply({ output: [wireMessage("Hi.")] });
      const seen: unknown[] = [];
      const policy: ModelRetrySettings["policy"] = ({ normalized, providerAdvice }) => {
        const { statusCode, retryAfterMs } = normalized;
        seen.push([statusCode, retryAfterMs, providerAdvice?.suggested]);
        return true;
      };
      const modelSettings = { retry: { maxRetries: 1, policy } };
      const agent = new ours.Agent({ name: "A", model: ourModel(standIn), modelSettings });
      expect((await ours.run(agent, "Go.")).finalOutput).toBe("Hi.");
      expect(seen).toEqual([[503, 1, true]]);
    } finally {
      await standIn.close();
    }
  });
});
