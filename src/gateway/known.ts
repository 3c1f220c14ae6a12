import type { Call } from "../engine/state.ts";
import { isJsonObject } from "../lib/json.ts";

/** JSON-RPC: the arguments were refused. */
const INVALID_PARAMS = -32_602;

/** How a call came to its outcome, as far as anybody knows. */
export type Known =
  | "ran"
  /** Its server refused the arguments. */
  | "refused"
  /** Its server answered with another error of the protocol: what it did by then is not known. */
  | "error"
  /** A person said what came of it. */
  | "stated"
  | "decided";

/** What is known of a call that is finished. */
export function knownOf({ finished, approval }: Call): Known {
  switch (finished?.outcome) {
    case "ran":
    case "failed":
      return knownOfAnswer(finished.returned);
    case "stated":
      return approval?.decision?.message === undefined ? "decided" : "stated";
    default:
      return "decided";
  }
}

function knownOfAnswer(returned: unknown): Known {
  if (!isJsonObject(returned) || returned["unsent"] === true) return "decided";
  const error = returned["error"];
  if (!isJsonObject(error)) return "ran";
  return error["code"] === INVALID_PARAMS ? "refused" : "error";
}

/** @param subject the call: "the same call" */
export function pastOf(known: Known, subject: string, at: string): string {
  switch (known) {
    case "ran":
      return `${subject} ran at ${at}`;
    case "refused":
      return `the server refused the arguments of ${subject} at ${at}`;
    case "error":
      return `the server answered ${subject} with an error at ${at}`;
    case "stated":
      return `a person said at ${at} what came of ${subject}`;
    case "decided":
      return `${subject} was decided at ${at}`;
  }
}
