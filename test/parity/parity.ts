import { isDeepStrictEqual } from "node:util";

import { expect, it } from "vitest";

import { differences, type AlignedDifference } from "./differences.ts";
import { createKit, type Kit } from "./kit.ts";
import { original, ours, type Library } from "./libraries.ts";
import { plain, type Transcript } from "./transcript.ts";

/** A program as a user writes it, with the library it imports as a parameter. */
export type Program = (lib: Library, kit: Kit) => Promise<void>;

interface ParityOptions {
  /** Why the two transcripts are not equal letter for letter. */
  differs?: AlignedDifference[];
  /** The standard output that both must have. */
  prints?: string[];
}

/** Runs one program on both libraries and compares what it did, but for the differences named. */
export function parity(
  name: string,
  program: Program,
  { differs = [], prints }: ParityOptions = {},
): void {
  it(`alike: ${name}`, async () => {
    const expected = await play(original, program);
    const actual = await play(ours, program);
    const align = (transcript: Transcript): Transcript =>
      differs.reduce((aligned, difference) => differences[difference].align(aligned), transcript);
    expect(align(actual)).toEqual(align(expected));
    // A difference that is named must be there.
    expect(isDeepStrictEqual(plain(actual), plain(expected))).toBe(differs.length === 0);
    expect(printedIn(actual)).toEqual(prints ?? printedIn(actual));
  });
}

/** What a program did with one library. */
export async function play(lib: Library, program: Program): Promise<Transcript> {
  const { kit, transcript } = createKit();
  await program(lib, kit);
  return transcript;
}

/** Its standard output. */
export function printedIn(transcript: Transcript): unknown[] {
  return transcript.filter((line) => typeof line === "string");
}
