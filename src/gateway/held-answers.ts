import { withMark, type Answer } from "./answers.ts";
import { pastOf, type Known } from "./known.ts";
import type { Settled, Stand } from "./outcome.ts";

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
    case "over":
      return `OVER, not failed. ${name} has come to an end meanwhile, and what came of it is kept for you.`;
    case "doubted":
      return `HELD, not failed. ${name} was begun, and what came of it is not known: a person is asked, and ${where}.`;
  }
}

/** An outcome that is told once more, with its mark. */
export function asRepeated({ answer, at }: Pick<Settled, "answer" | "at">, text: string): Answer {
  return withMark(answer, { text, meta: { "holdpoint/replayed": at } });
}

/** The mark of an outcome that had reached nobody. */
export function replayedText(at: string, known: Known): string {
  const past = pastOf(known, "this", at);
  return `Holdpoint: ${past}; its answer had not reached you.${NOT_AGAIN[known]}`;
}

/** What a repetition did not do, where that needs saying. */
const NOT_AGAIN: Record<Known, string> = {
  ran: " It was not run again.",
  refused: " The call was not sent again.",
  error: " The call was not sent again.",
  stated: " Nothing was run for this.",
  decided: "",
};

/** The mark of an outcome that a ticket is answered with once more. */
export function earlierText(at: string, { known, begun }: Pick<Settled, "known" | "begun">) {
  const past =
    known === "ran" && begun <= 1 ? `the call ran once, at ${at}` : pastOf(known, "the call", at);
  const often = known === "ran" && begun > 1 ? `; it was begun ${begun} times` : "";
  return `Holdpoint: this is an earlier result: ${past}${often}. Nothing was run for this.`;
}

/** The mark of a no that answers the same call again. */
export function refusedText(at: string): string {
  return `Holdpoint: this was decided at ${at}, and nobody was asked again.`;
}

/** The mark of an outcome that several like calls waited for. */
export function sharedText(at: string, { known, begun }: Pick<Settled, "known" | "begun">): string {
  return `Holdpoint: this call was made more than once. ${howOften({ known, begun })} came to this at ${at}.`;
}

function howOften({ known, begun }: Pick<Settled, "known" | "begun">): string {
  if (known === "stated" || known === "decided") return "Each time it";
  if (begun > 1) return `It was begun ${begun} times, and`;
  return known === "ran" ? "It ran once, and" : "It was sent once, and";
}
