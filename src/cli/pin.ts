import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import * as z from "zod";

import { systemClock, type Clock } from "../lib/clock.ts";
import { sha256Hex } from "../lib/digest.ts";
import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { lazy } from "../lib/lazy.ts";
import { writePrivately } from "../lib/private-files.ts";

/** Costs a tenth of a second and 64 MB: guessing is slow, a person does not notice. */
const COST = { N: 65_536, r: 8, p: 1 };
const KEY_BYTES = 32;
const MAX_MEMORY = 256 * 1024 * 1024;

/** The fewest characters of a PIN. */
export const SHORTEST_PIN = 4;

const stored = lazy(() =>
  z.object({
    version: z.literal(1),
    salt: z.string(),
    key: z.string(),
    N: z.int(),
    r: z.int(),
    p: z.int(),
  }),
);

function fileOf(stateDirectory: string): string {
  return join(stateDirectory, "pin.json");
}

export function isEnrolled(stateDirectory: string): boolean {
  return existsSync(fileOf(stateDirectory));
}

/** Tells one enrolled PIN from the next, and nothing of it; `undefined` where there is none. */
export function enrolmentOf(stateDirectory: string): string | undefined {
  const file = fileOf(stateDirectory);
  if (!existsSync(file)) return undefined;
  const found = readRecord(file);
  return found.type === "record"
    ? sha256Hex(found.record.salt).slice(0, 16)
    : `unreadable ${statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0}`;
}

/** Keeps the hash of a PIN, and nothing else of it. */
export function enrol(stateDirectory: string, pin: string): void {
  const salt = randomBytes(16);
  const key = derive(pin, { ...COST, salt });
  const file = fileOf(stateDirectory);
  const record = { version: 1, salt: toText(salt), key: toText(key), ...COST };
  writePrivately(file, JSON.stringify(record));
}

/** @throws HoldpointError `not_allowed` where its file cannot be read: nobody is let through then */
function isPin(stateDirectory: string, given: string): boolean {
  const file = fileOf(stateDirectory);
  const found = readRecord(file);
  if (found.type === "problem") throw unreadable(file, found.why);
  const { record } = found;
  const key = Buffer.from(record.key, "base64url");
  const derived = derive(given, { ...record, salt: Buffer.from(record.salt, "base64url") });
  return key.length === derived.length && timingSafeEqual(key, derived);
}

type Found =
  | { type: "record"; record: z.output<ReturnType<typeof stored>> }
  | { type: "problem"; why: string };

function readRecord(file: string): Found {
  try {
    const parsed = stored().safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (parsed.success) return { type: "record", record: parsed.data };
    return { type: "problem", why: "it is not what holdpoint enrol writes" };
  } catch (error) {
    const isText = error instanceof SyntaxError;
    return { type: "problem", why: isText ? "it is no JSON" : errorMessage(error) };
  }
}

function unreadable(file: string, why: string): HoldpointError {
  return new HoldpointError(
    "not_allowed",
    `Nothing was done: ${file} cannot be read (${why}), so no PIN can be looked at. Mend or remove that file; after that holdpoint enrol sets a PIN anew`,
  );
}

/** How many wrong ones are looked at before nobody is let through for a while. */
const MOST_WRONG = 5;
const WHILE_MS = 10 * 60_000;

/** Looks whether a PIN is right. @throws HoldpointError `not_allowed` after five wrong ones within ten minutes */
export type PinCheck = (given: string) => boolean;

/** Looks at PINs that come over a connection, where guessing costs whoever guesses nothing. */
export function createPinCheck(stateDirectory: string, clock: Clock = systemClock): PinCheck {
  let wrong: readonly number[] = [];
  const kept = { read: () => wrong, write: (times: readonly number[]) => void (wrong = times) };
  return checkAgainst(stateDirectory, {
    clock,
    kept,
    otherwise: ", or do it on a terminal of your own",
  });
}

/** The same for terminals: each command is a process of its own, so that wrong ones are noted. */
export function createTerminalPinCheck(
  stateDirectory: string,
  clock: Clock = systemClock,
): PinCheck {
  const file = join(stateDirectory, "pin-wrong.json");
  const kept = {
    read: () => readTimes(file),
    write: (times: readonly number[]) => writePrivately(file, JSON.stringify(times)),
  };
  return checkAgainst(stateDirectory, { clock, kept, otherwise: "" });
}

interface Guessing {
  clock: Clock;
  /** When the last wrong ones were given, milliseconds since 1970. */
  kept: { read(): readonly number[]; write(times: readonly number[]): void };
  /** What can be done besides waiting. */
  otherwise: string;
}

function checkAgainst(stateDirectory: string, { clock, kept, otherwise }: Guessing): PinCheck {
  return (given) => {
    const now = clock.now();
    // A clock that was put back must not lock anybody out for longer.
    const wrong = kept.read().filter((at) => at > now - WHILE_MS && at <= now);
    if (wrong.length >= MOST_WRONG) {
      throw new HoldpointError(
        "not_allowed",
        `Nothing was done: the PIN was wrong five times. Wait ten minutes${otherwise}`,
      );
    }
    const isRight = isPin(stateDirectory, given);
    if (!isRight) kept.write([...wrong, now]);
    return isRight;
  };
}

const times = lazy(() => z.array(z.number()));

function readTimes(file: string): readonly number[] {
  try {
    return times().parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return [];
  }
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
