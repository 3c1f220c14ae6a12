import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

import { borrowedOf, type BorrowedParts } from "../downstream/borrowed-parts.ts";
import { previewsOf } from "../downstream/previews.ts";
import { redactValue } from "../downstream/secrets.ts";
import { FailedCall, judgeBorrowed, sendCall } from "../downstream/send-call.ts";
import type { Activation } from "../engine/driver.ts";
import type { Call } from "../engine/state.ts";
import type { Arguments, OutputFields, Ruling, Tool } from "../engine/tool.ts";
import type { ApproverLevel } from "../engine/vocabulary.ts";
import { sha256 } from "../lib/digest.ts";
import { errorMessage } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { canonicalJson, isJsonObject, isPlainJson, type JsonValue } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import { toStored, type Answer } from "./answers.ts";
import type { Waiters } from "./callers.ts";
import type { GatewayFrame } from "./folder.ts";
import type { Questions } from "./questions.ts";

/** A tool of a server that is offered on. */
export interface Served extends BorrowedParts {
  /** Whether it changes nothing: its server is trusted and says so. */
  readonly isRead: boolean;
}

/** What a call has around it in this process. */
export interface CallSurroundings {
  /** All who wait for a run here. */
  waiting(runId: RunId): Waiters | undefined;
  levelOf(client: string): ApproverLevel;
  /** What servers ask a person while calls of them run. */
  readonly questions: Pick<Questions, "calling">;
  /** In place of a result in the journal, where nobody will ask the journal for it. */
  readonly summarize?: ((answer: Answer) => OutputFields) | undefined;
  /** Seconds that a request for a decision waits; for ever when absent. */
  readonly approvalSeconds: number | undefined;
}

/** How long a call may run without a sign of progress. */
const CALL_MS = 900_000;

/** Of definitions as servers listed them: calls are many, and lists change seldom. */
const digests = new WeakMap<Served["definition"], { name: string; digest: string }>();

/** What an approval is bound to. */
export function servedDigest(name: string, { definition }: Served): string {
  const known = digests.get(definition);
  if (known?.name === name) return known.digest;
  const { description, parameters, annotations } = definition;
  const digest = sha256(canonicalJson({ name, description, parameters, annotations }));
  digests.set(definition, { name, digest });
  return digest;
}

/** A tool of a server, as the engine settles calls of it. */
export function bindServedTool(
  surroundings: CallSurroundings,
  {
    activation,
    frame,
    call,
    served,
  }: { activation: Activation; frame: GatewayFrame; call: Call; served: Served },
): Tool {
  const { definition } = served;
  const { name } = call.item;
  const { approvalSeconds } = surroundings;
  return {
    name,
    digest: servedDigest(name, served),
    definition: {
      description: definition.description,
      schema: definition.parameters,
      annotations: definition.annotations,
    },
    // What changes nothing can be asked for again after a crash.
    idempotent: served.isRead && served.drifted === undefined,
    level: surroundings.levelOf(call.agent),
    timeout: approvalSeconds === undefined ? undefined : { seconds: approvalSeconds },
    guardsBeforeAsking: false,
    enabled: () => true,
    read: (text) => readArguments(served, text),
    value: (json) => prepareArguments(served, json),
    isRuled: true,
    ruled: (args) => judgeServed(served, { frame, call, args }),
    rule: async () => ({ verdict: "ask" }),
    ...previewsFor(served, call.agent),
    guards: { input: [], output: [] },
    execute: (value, { signal }) =>
      execute(surroundings, { activation, frame, call, served, value, signal }),
    failed: async (problem): Promise<Answer> => ({
      result: { isError: true, content: [{ type: "text", text: errorMessage(problem) }] },
    }),
    isUnclear: (error) => error instanceof FailedCall && error.failure === "lost",
    clip: (output) => output,
    toOutput(output, note): OutputFields {
      const answer = output as Answer;
      return surroundings.summarize?.(answer) ?? toStored(answer, note);
    },
    started: () => undefined,
    ended: () => undefined,
    toError: (thrown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
  };
}

function previewsFor(served: Served, agent: string): Pick<Tool, "previews"> {
  const previews = previewsOf(served);
  if (previews === undefined) return {};
  const { binds, read } = previews;
  return {
    previews: {
      binds,
      read: ({ shown }, options) => read({ agent, arguments: shown }, options),
    },
  };
}

/** The arguments of a call: those that are judged, shown and sent. */
export function readArguments(served: BorrowedParts, text: string): Arguments {
  let raw: JsonValue;
  try {
    raw = parseStrictJson(text);
  } catch (problem) {
    return { raw: undefined, shown: undefined, value: undefined, problem };
  }
  return prepareArguments(served, raw);
}

function prepareArguments(served: BorrowedParts, raw: JsonValue): Arguments {
  if (!isJsonObject(raw)) {
    const problem = new TypeError("The arguments must be an object");
    return { raw, shown: raw, value: undefined, problem };
  }
  const { sent } = served.policy.prepare(borrowedOf(served), raw);
  return { raw, shown: sent, value: sent, problem: undefined };
}

/** What rules say; what the ledger wants asked is asked, and told what it knows of earlier calls. */
async function judgeServed(
  served: Served,
  { frame, call, args }: { frame: GatewayFrame; call: Call; args: Arguments },
): Promise<Ruling> {
  const verdict = await judgeBorrowed(served, { agent: call.agent, arguments: args.shown });
  const { mustAsk, notes = [] } = frame.data.start;
  if (verdict.verdict === "deny") return verdict;
  if (verdict.verdict === "allow" && mustAsk === undefined) return verdict;
  const own = verdict.verdict === "ask" ? verdict : { verdict: "ask" as const };
  const reasons = [mustAsk, verdict.verdict === "ask" ? verdict.reason : undefined, ...notes];
  const reason = reasons.filter((each) => each !== undefined).join(". ");
  const alone = mustAsk === undefined ? {} : { alone: true as const };
  return { ...own, ...(reason === "" ? {} : { reason }), ...alone };
}

async function execute(
  surroundings: CallSurroundings,
  {
    activation,
    frame,
    call,
    served,
    value,
    signal,
  }: {
    activation: Activation;
    frame: GatewayFrame;
    call: Call;
    served: Served;
    value: unknown;
    signal: AbortSignal;
  },
): Promise<Answer> {
  const { runId } = activation.state;
  const waiting = runId === undefined ? undefined : surroundings.waiting(runId);
  const { name } = call.item;
  const over = surroundings.questions.calling(served.connection.name, name);
  try {
    return await callServer(served, {
      name,
      value,
      meta: frame.data.start.meta,
      signal,
      waiting,
    });
  } finally {
    over();
  }
}

/**
 * Calls a server, and keeps what it answers as it is, but for secrets.
 *
 * @throws FailedCall where it is not known what came of it
 */
export async function callServer(
  served: Served,
  {
    name,
    value,
    meta,
    signal,
    waiting,
  }: {
    name: string;
    value: unknown;
    meta: GatewayFrame["data"]["start"]["meta"];
    signal: AbortSignal;
    waiting: Waiters | undefined;
  },
): Promise<Answer> {
  // What a client gives up may have had its effect by then: what the server says of it counts.
  const gaveUp = waiting === undefined ? [] : [waiting.signal];
  try {
    const result = await sendCall(served, {
      name,
      value,
      meta,
      isExact: true,
      timeoutMs: served.connection.spec.timeoutMs ?? CALL_MS,
      signal: AbortSignal.any([signal, ...gaveUp]),
      onProgress: redacted(served, waiting?.onProgress),
    });
    return { result: withoutSecrets(served, result) };
  } catch (error) {
    if (!(error instanceof FailedCall)) throw error;
    if (error.failure === "answered" && error.answer !== undefined) return { error: error.answer };
    if (error.failure === "lost" && !served.isRead) throw error;
    const result: CallToolResult = {
      isError: true,
      content: [{ type: "text", text: error.message }],
    };
    return error.failure === "unsent" ? { result, unsent: true } : { result };
  }
}

/** What a server was given in confidence goes no further; what is kept is plain JSON. */
function withoutSecrets({ connection }: Served, result: CallToolResult): CallToolResult {
  const clean = redactValue(connection.redact, result);
  return isPlainJson(clean) ? clean : (JSON.parse(JSON.stringify(clean)) as CallToolResult);
}

function redacted(
  { connection: { redact } }: Served,
  onProgress: Waiters["onProgress"],
): Waiters["onProgress"] {
  return onProgress && ((progress) => onProgress(redactValue(redact, progress)));
}
