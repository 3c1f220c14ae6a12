import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";

import type { AnyDraft } from "../engine/entries.ts";
import { rootFrame } from "../engine/frames.ts";
import { errorMessage } from "../lib/errors.ts";
import { createRunId, type RunId } from "../lib/ids.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { createSealedBox } from "../lib/sealed-box.ts";
import type { RunService } from "../runs/run-service.ts";
import { QUESTION_SECONDS, type Asking } from "./bound-question.ts";
import type { Callers } from "./callers.ts";
import { GATEWAY, type Asks, type GatewayStart } from "./folder.ts";
import { holdCall } from "./hold.ts";
import { openingOf } from "./opening.ts";
import { textMember } from "../lib/text-member.ts";

/** A question that nobody ends by then ends itself. */
const LONGEST_MS = (QUESTION_SECONDS + 30) * 1_000;
const MOST_AT_ONCE = 16;
const MOST_CHARACTERS = 20_000;
const fieldTypes: readonly unknown[] = ["string", "number", "integer", "boolean", "array"];

/** What servers ask a person whose host shows no forms: each waits in the inbox, as a run. */
export interface Questions {
  /** Who waits here for the answers that are sealed with a key. */
  find(key: string): Asking | undefined;
  /**
   * Asks a person, for as long as the server waits, and a call that it was asked in goes on.
   *
   * @param params of `elicitation/create`, without what is secret
   * @returns its result
   * @throws McpError where it cannot be asked
   */
  ask(server: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject>;
  /** Whether a server waits for an answer. */
  isAsking(server: string): boolean;
  /** A call of a server begins; what is returned says that it ended. */
  calling(server: string, name: string): () => void;
  /** Nobody is asked any more: what waits ends, with words. */
  end(): Promise<void>;
}

export interface QuestionMeans {
  desk(): Promise<RunService>;
  readonly callers: Callers;
  /** `gateway:<real path of the configuration>`. */
  readonly source: string;
  /** The client, without and with its version. */
  client(): { principal: string; client: string };
}

interface RunningCall {
  readonly server: string;
  readonly name: string;
  readonly over: AbortController;
}

interface Open extends Asking {
  readonly server: string;
  readonly done: Promise<unknown>;
}

export function createQuestions(means: QuestionMeans): Questions {
  const open = new Map<string, Open>();
  const running = new Set<RunningCall>();
  const closing = new AbortController();
  const ofServer = (server: string): Open[] =>
    [...open.values()].filter((each) => each.server === server);
  return {
    find: (key) => open.get(key),
    isAsking: (server) => ofServer(server).length > 0,
    calling(server, name) {
      const call = { server, name, over: new AbortController() };
      running.add(call);
      return () => {
        running.delete(call);
        call.over.abort();
      };
    },
    async ask(server, params, signal) {
      const { message, schema } = readQuestion(params);
      if (ofServer(server).length >= MOST_AT_ONCE) {
        throw refused(`Server "${server}" asks too many things at once: nobody was asked`);
      }
      const during = [...running].filter((call) => call.server === server);
      const box = createSealedBox();
      const { promise: given, resolve } = Promise.withResolvers<JsonObject>();
      const asks = { message, schema, key: box.key, during: during.map(({ name }) => name) };
      const ended = AbortSignal.any([signal, closing.signal, whenAllAreOver(during)]);
      const waiting = askPerson(means, { server, asks, signal: ended, given });
      open.set(box.key, {
        server,
        give: (sealed) => resolve(JSON.parse(box.open(sealed)) as JsonObject),
        done: waiting.catch(() => undefined),
      });
      try {
        return await waiting;
      } finally {
        open.delete(box.key);
      }
    },
    async end() {
      closing.abort();
      await Promise.all([...open.values()].map(({ done }) => done));
    },
  };
}

interface Question {
  readonly server: string;
  readonly asks: Asks;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** What a person filled in; it settles before its run is over. */
  readonly given: Promise<JsonObject>;
}

async function askPerson(
  means: QuestionMeans,
  { server, asks, signal, given }: Question,
): Promise<JsonObject> {
  const service = await means.desk().catch((error: unknown) => {
    throw refused(`Nobody can be asked while the store cannot be used: ${errorMessage(error)}`);
  });
  const runId = createRunId();
  // While somebody waits for it here, no other process takes it for its own.
  const leave = means.callers.join(runId, { onProgress: undefined, signal });
  try {
    await service.begin({ runId, drafts: draftsOf(means, { runId, server, asks }) });
    const settled = await holdCall({ service }, runId, {
      wish: 1,
      hasStructure: false,
      holdMs: LONGEST_MS,
      signal,
      looked: () => undefined,
    });
    if (settled !== undefined) return await resultOf(service, runId, given);
    await service.cancel(runId, {
      by: `server "${server}"`,
      channel: GATEWAY,
      level: "client",
      reason: "it no longer waits for an answer",
    });
    return { action: "cancel" };
  } finally {
    leave();
    means.callers.forget(runId);
  }
}

async function resultOf(
  service: RunService,
  runId: RunId,
  given: Promise<JsonObject>,
): Promise<JsonObject> {
  const { finished } = rootFrame(await service.state(runId))?.calls.get("1") ?? {};
  if (finished?.outcome === "rejected") return { action: "decline" };
  if (finished?.outcome !== "ran") return { action: "cancel" };
  return { action: "accept", content: await given };
}

function draftsOf(
  { source, client: who }: QuestionMeans,
  { runId, server, asks }: { runId: RunId; server: string; asks: Asks },
): AnyDraft[] {
  const { principal, client } = who();
  const start: GatewayStart = { server, tool: "elicitation/create", asks };
  const fields = isJsonObject(asks.schema["properties"]) ? asks.schema["properties"] : {};
  const blank = Object.entries(fields).map(([name, field]): [string, JsonValue] => {
    return [name, (isJsonObject(field) ? field["default"] : undefined) ?? null];
  });
  const args = Object.fromEntries(blank);
  return openingOf({ runId, start, principal, client, source }, { name: `answer ${server}`, args });
}

/** @throws McpError where it is no form of flat fields */
function readQuestion(params: JsonObject): Pick<Asks, "message" | "schema"> {
  const message = textMember(params, "message");
  const schema = params["requestedSchema"];
  if ((params["mode"] ?? "form") !== "form" || !isJsonObject(schema)) {
    throw refused("The client behind Holdpoint shows no such question (elicitation): only forms");
  }
  const fields = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const deep = Object.entries(fields).filter(
    ([, field]) => !isJsonObject(field) || !fieldTypes.includes(field["type"]),
  );
  if (deep.length > 0) {
    const names = deep.map(([name]) => name.slice(0, 60)).join(", ");
    throw invalid(`A form has flat fields, and these are none: ${names.slice(0, 300)}`);
  }
  if (JSON.stringify(params).length > MOST_CHARACTERS) {
    throw invalid(`A form has ${MOST_CHARACTERS} characters at most: nobody was asked`);
  }
  return { message, schema };
}

/** Aborts once all of these calls are over; never where there were none. */
function whenAllAreOver(calls: readonly RunningCall[]): AbortSignal {
  const all = new AbortController();
  let left = calls.length;
  for (const { over } of calls) {
    over.signal.addEventListener("abort", () => {
      left -= 1;
      if (left === 0) all.abort();
    });
  }
  return all.signal;
}

function refused(message: string): McpError {
  return Object.assign(new McpError(ErrorCode.MethodNotFound, ""), { message });
}

function invalid(message: string): McpError {
  return Object.assign(new McpError(ErrorCode.InvalidParams, ""), { message });
}
