import type { Arguments, OutputFields, Tool } from "../engine/tool.ts";
import type { Call } from "../engine/state.ts";
import type { ApproverLevel } from "../engine/vocabulary.ts";
import { sha256 } from "../lib/digest.ts";
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import { SEALED } from "../runs/filled-in.ts";
import { visibleLine } from "../runs/shown-text.ts";
import { toStored, type Answer } from "./answers.ts";
import type { Asks } from "./folder.ts";

/** How long a server's question waits for a person; what servers wait is often less. */
export const QUESTION_SECONDS = 600;
const HEADLINE = 200;

/** Who waits for the answer to a question, in this process. */
export interface Asking {
  /** Gives the server what a person filled in. @throws Error where it is not sealed for it */
  give(sealed: string): void;
}

/** What an approval of a question is bound to. */
export function questionDigest({ message, schema }: Asks): string {
  return sha256(canonicalJson({ message, schema }));
}

/** A question as the engine settles it: a person is always asked, and a yes sends the answer. */
export function bindQuestion(
  asking: Asking,
  {
    server,
    asks,
    call,
    own,
  }: { server: string; asks: Asks; call: Call; own: { levelOf(client: string): ApproverLevel } },
): Tool {
  const { message, schema } = asks;
  const asked = visibleLine(message).replaceAll(/[{}]/g, "").slice(0, HEADLINE);
  return {
    name: call.item.name,
    digest: questionDigest(asks),
    definition: {
      description: message,
      schema,
      annotations: {},
      summary: `${server} asks: ${asked}`,
    },
    idempotent: false,
    level: own.levelOf(call.agent),
    timeout: { seconds: QUESTION_SECONDS },
    guardsBeforeAsking: false,
    enabled: () => true,
    read: (text) => asGiven(parseStrictJson(text)),
    value: asGiven,
    isRuled: true,
    ruled: async () => ({ verdict: "ask" }),
    rule: async () => ({ verdict: "ask" }),
    guards: { input: [], output: [] },
    execute: async (given) => give(asking, given),
    failed: async (): Promise<Answer> =>
      said("The answer could not be read: nothing was sent", true),
    isUnclear: () => false,
    clip: (output) => output,
    toOutput: (output): OutputFields => toStored(output as Answer, undefined),
    started: () => undefined,
    ended: () => undefined,
    toError: (thrown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
  };
}

/** Fields as they were asked, or a sealed answer: looked at when it was given. */
function asGiven(json: JsonValue): Arguments {
  return { raw: json, shown: json, value: json, problem: undefined };
}

function give(asking: Asking, given: unknown): Answer {
  const sealed = (isJsonObject(given) ? given : ({} as JsonObject))[SEALED];
  if (typeof sealed !== "string") throw new Error("There is no answer");
  asking.give(sealed);
  return said("The server was given the answer. What was filled in is not kept.", false);
}

function said(text: string, isError: boolean): Answer {
  return { result: { content: [{ type: "text", text }], ...(isError ? { isError } : {}) } };
}
