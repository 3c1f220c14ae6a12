import * as z from "zod";

import type { ApproverLevel } from "../engine/vocabulary.ts";
import { parseBody } from "../http/body.ts";
import type { SignedIn } from "../http/sign-in.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { Caller } from "../engine/state.ts";

/** The PIN of this user, where one is enrolled. */
export interface PinDesk {
  /** Tells one enrolled PIN from the next; `undefined` where none is. */
  enrolment(this: void): string | undefined;
  /** @throws HoldpointError `not_allowed` after too many wrong ones, and where it cannot be read */
  isRight(given: string): boolean;
}

/** A configuration that waits for somebody to trust it, and what it lets happen, in lines. */
export interface TrustQuestion {
  file: string;
  /** Of what the lines were made from: nothing else is trusted. */
  digest: string;
  lines: string[];
}

/** Where somebody trusts the configuration that a server found. */
export interface TrustDesk {
  /** `undefined` once it is trusted, or gone. */
  question(): TrustQuestion | undefined;
  /** @throws HoldpointError `not_allowed` where it is not what was shown any more */
  accept(digest: string): void;
}

/** A PIN as the page sends it. */
export const pinText = z.string().max(200).optional();

/**
 * The caller as a person, where they show that they know the PIN. A browser that was signed in below
 * an agent stays the client's: what is typed there may be read there.
 *
 * @throws HoldpointError `not_allowed` for a wrong one
 */
export function proveOnPage(caller: Caller, pin: string | undefined, desk: PinDesk): Caller {
  if (!isPinAsked(caller, desk) || pin === undefined || pin === "") return caller;
  if (desk.isRight(pin)) return { ...caller, level: "person" };
  throw new HoldpointError("not_allowed", "Nothing was done: that is not the PIN");
}

/** Whether a PIN makes more of this caller. */
export function isPinAsked({ level }: Caller, desk: PinDesk): boolean {
  return level === "confirm" && desk.enrolment() !== undefined;
}

/**
 * What a browser's decisions are worth now. One that was signed in as a person before this PIN was
 * enrolled did not show that its person knows it.
 */
export function levelOfSession(
  { level, enrolment }: SignedIn,
  desk: Pick<PinDesk, "enrolment">,
): ApproverLevel {
  const now = desk.enrolment();
  return level === "person" && now !== undefined && now !== enrolment ? "confirm" : level;
}

const acceptance = z.strictObject({ digest: z.string(), pin: pinText });

/** Trusts what the page showed. @throws HoldpointError `not_allowed`, `invalid_input` */
export function trustOnPage(
  desk: TrustDesk,
  { caller, pin: pinDesk, body }: { caller: Caller; pin: PinDesk; body: string },
): void {
  const { digest, pin } = parseBody(acceptance, body, "Nothing was trusted");
  if (proveOnPage(caller, pin, pinDesk).level !== "person") {
    throw new HoldpointError(
      "not_allowed",
      "Nothing was trusted: a person does that, and this browser was not signed in as one",
    );
  }
  desk.accept(digest);
}
