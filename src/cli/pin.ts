import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { systemClock, type Clock } from "../lib/clock.ts";
import { HoldpointError } from "../lib/errors.ts";
import { writePrivately } from "../lib/private-files.ts";

/** Costs a tenth of a second and 64 MB: guessing is slow, a person does not notice. */
const COST = { N: 65_536, r: 8, p: 1 };
const KEY_BYTES = 32;
const MAX_MEMORY = 256 * 1024 * 1024;

/** The fewest characters of a PIN. */
export const SHORTEST_PIN = 4;

const stored = z.object({
  version: z.literal(1),
  salt: z.string(),
  key: z.string(),
  N: z.int(),
  r: z.int(),
  p: z.int(),
});

function fileOf(stateDirectory: string): string {
  return join(stateDirectory, "pin.json");
}

export function isEnrolled(stateDirectory: string): boolean {
  return existsSync(fileOf(stateDirectory));
}

/** Keeps the hash of a PIN, and nothing else of it. */
export function enrol(stateDirectory: string, pin: string): void {
  const salt = randomBytes(16);
  const key = derive(pin, { ...COST, salt });
  const file = fileOf(stateDirectory);
  const record = { version: 1, salt: toText(salt), key: toText(key), ...COST };
  writePrivately(file, JSON.stringify(record));
}

/** A file that cannot be read lets nobody through. */
export function isPin(stateDirectory: string, given: string): boolean {
  try {
    const record = stored.parse(JSON.parse(readFileSync(fileOf(stateDirectory), "utf8")));
    const key = Buffer.from(record.key, "base64url");
    const derived = derive(given, { ...record, salt: Buffer.from(record.salt, "base64url") });
    return key.length === derived.length && timingSafeEqual(key, derived);
  } catch {
    return false;
  }
}

/** How many wrong ones are looked at before nobody is let through for a while. */
const MOST_WRONG = 5;
const WHILE_MS = 10 * 60_000;

/**
 * Looks at PINs that come over a connection, where guessing costs whoever guesses nothing.
 *
 * @returns whether one is right; it throws HoldpointError `not_allowed` after five wrong ones within
 * ten minutes
 */
export function createPinCheck(
  stateDirectory: string,
  clock: Clock = systemClock,
): (given: string) => boolean {
  let wrong: number[] = [];
  return (given) => {
    wrong = wrong.filter((at) => at > clock.now() - WHILE_MS);
    if (wrong.length >= MOST_WRONG) {
      throw new HoldpointError(
        "not_allowed",
        "Nothing was done: the PIN was wrong five times. Wait ten minutes, or do it on a terminal of your own",
      );
    }
    const isRight = isPin(stateDirectory, given);
    if (!isRight) wrong.push(clock.now());
    return isRight;
  };
}

function derive(
  pin: string,
  { salt, N, r, p }: { salt: Buffer; N: number; r: number; p: number },
): Buffer {
  return scryptSync(pin.normalize("NFC"), salt, KEY_BYTES, { N, r, p, maxmem: MAX_MEMORY });
}

function toText(bytes: Buffer): string {
  return bytes.toString("base64url");
}
