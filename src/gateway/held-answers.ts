import type { Answer } from "./answers.ts";

/** What a client is told of a call that is still held when its time is up. */
export function heldAnswer({
  name,
  ticket,
  where,
  isRunning,
  hasStructure,
}: {
  name: string;
  ticket: string;
  where: string;
  /** Whether it has begun to run meanwhile. */
  isRunning: boolean;
  /** Whether the tool announces a structure: clients then take a result without one for broken. */
  hasStructure: boolean;
}): Answer {
  const [head, what] = isRunning
    ? ["STILL RUNNING, not failed", `${name} was approved, and has not finished yet.`]
    : ["HELD, not failed: nothing has run yet", `${name} waits for a person: ${where}.`];
  const text = [
    `${head}. ${what}`,
    `Its ticket is ${ticket}. Call wait_for_decision with it to get the result of ${name} itself; do not make the same call again, and do not look for another way to do the same.`,
  ].join("\n");
  return {
    result: {
      content: [{ type: "text", text }],
      ...(hasStructure ? { isError: true } : {}),
      _meta: { "holdpoint/ticket": ticket },
    },
  };
}

/** The mark of an outcome that is told once more. */
export function replayedText(at: string, ran: boolean): string {
  return ran
    ? `Holdpoint: this ran at ${at}; its answer had not reached you. It was not run again.`
    : `Holdpoint: this was decided at ${at}; the answer had not reached you.`;
}

/** The mark of an outcome that several like calls waited for. */
export function sharedText(at: string): string {
  return `Holdpoint: this call was made more than once. It ran once, and came to this at ${at}.`;
}
