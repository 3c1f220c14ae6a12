import type { Answer } from "./answers.ts";
import type { Stand } from "./outcome.ts";

/** What a client is told of a call that is still held when its time is up. */
export function heldAnswer({
  name,
  ticket,
  where,
  stand,
  isAsking,
  hasStructure,
}: {
  name: string;
  ticket: string;
  where: string;
  stand: Stand;
  /** Whether its server asks a person something meanwhile. */
  isAsking: boolean;
  /** Whether the tool announces a structure: clients then take a result without one for broken. */
  hasStructure: boolean;
}): Answer {
  const text = [
    howItStands(stand, { name, where, isAsking }),
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

function howItStands(
  stand: Stand,
  { name, where, isAsking }: { name: string; where: string; isAsking: boolean },
): string {
  switch (stand) {
    case "waits":
      return `HELD, not failed: nothing has run yet. ${name} waits for a person: ${where}.`;
    case "begins":
      return `HELD, not failed: nothing has run yet. ${name} is about to begin, and has not begun.`;
    case "runs": {
      const asked = isAsking ? ` Its server asks a person something: ${where}.` : "";
      return `STILL RUNNING, not failed. ${name} has begun, and has not finished yet.${asked}`;
    }
    case "doubted":
      return `HELD, not failed. ${name} was begun, and what came of it is not known: a person is asked, and ${where}.`;
  }
}

/** The mark of an outcome that is told once more. */
export function replayedText(at: string, ran: boolean): string {
  return ran
    ? `Holdpoint: this ran at ${at}; its answer had not reached you. It was not run again.`
    : `Holdpoint: this was decided at ${at}; the answer had not reached you.`;
}

/** The mark of a no that answers the same call again. */
export function refusedText(at: string): string {
  return `Holdpoint: this was decided at ${at}, and nobody was asked again.`;
}

/** The mark of an outcome that several like calls waited for. @param begun how often it was begun */
export function sharedText(at: string, { ran, begun }: { ran: boolean; begun: number }): string {
  const once = begun > 1 ? `It was begun ${begun} times, and` : "It ran once, and";
  const what = ran ? once : "Each time it";
  return `Holdpoint: this call was made more than once. ${what} came to this at ${at}.`;
}
