import * as z from "zod";

import { givenDecisions } from "../engine/vocabulary.ts";
import { parseBody } from "../http/body.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId } from "../lib/ids.ts";
import type { JsonValue } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import type { Caller } from "../engine/state.ts";
import type { DecisionOutcome } from "../runs/decision-request.ts";
import type { RunService } from "../runs/run-service.ts";
import { pinText, proveOnPage, type PinDesk } from "./prove.ts";

const MAX_MESSAGE = 2_000;
const NOTHING = "Nothing was decided";

const verdict = z.strictObject({
  decision: z.enum(givenDecisions),
  /** What the page showed. */
  action: z.string(),
  message: z.string().max(MAX_MESSAGE).optional(),
  /** JSON text, as it was typed. */
  arguments: z.string().optional(),
  /** Of a call of high risk: the fact that the page asked for. */
  typed: z.string().max(1_000).optional(),
  always: z.boolean().optional(),
  /** With `always`: how often the page showed that it was asked for at once. */
  times: z.int().min(2).optional(),
  /** With `always`: what the page showed of what else waits. */
  others: z.array(z.string()).optional(),
  /** A yes for later calls that are like it, as the page showed it. */
  grant: z
    .strictObject({
      seconds: z.number(),
      uses: z.number().optional(),
      covers: z.array(z.string()),
      releases: z.array(z.string()),
    })
    .optional(),
  /** Where one makes a person of whoever decides. */
  pin: pinText,
});

/**
 * Records what a person decided on the page.
 *
 * @throws HoldpointError `invalid_input`, `arguments_invalid`, `not_allowed`, and those of `RunService.decide`
 */
export async function decideOnPage(
  service: RunService,
  {
    approvalId,
    caller,
    pin: desk,
    body,
  }: { approvalId: string; caller: Caller; pin: PinDesk; body: string },
): Promise<DecisionOutcome> {
  const { arguments: text, message, pin, ...request } = parseBody(verdict, body, NOTHING);
  const changed = text === undefined ? {} : { arguments: parseArguments(text) };
  return service.decide(approvalId as ApprovalId, {
    ...request,
    ...changed,
    message: message === "" ? undefined : message,
    ...proveOnPage(caller, pin, desk),
  });
}

function parseArguments(text: string): JsonValue {
  try {
    return parseStrictJson(text);
  } catch {
    throw new HoldpointError(
      "arguments_invalid",
      "The changed arguments are no JSON: nothing was decided",
    );
  }
}
