import { describe, expect, it } from "vitest";

import { readStoredLines, storeEntry, verifyLines } from "../support/journal.ts";
import type { EntryDraft } from "../../src/agents/entries.ts";
import type { StoredEntry } from "../../src/engine/chain.ts";
import { createJournal, foldUntil, placeDrafts } from "../support/journal.ts";
import { sha256 } from "../../src/lib/digest.ts";
import { ConflictError, HoldpointError } from "../../src/lib/errors.ts";
import { asked, begun, claimed, decided, responded, started } from "../support/sample-entries.ts";

const at = "2026-01-01T00:00:00.000Z";
const drafts = [
  started(),
  claimed(1),
  responded(["c1"]),
  asked("c1"),
  decided("c1", "approved"),
  begun("c1"),
];
const stored = placeDrafts(drafts, { length: 0, last: undefined, at });
/** The same as plain objects. */
const read = stored.map(({ line, entry }) => ({ line, entry }));
const lines = stored.map(({ line }) => line);

/** What verifying these lines throws, as text. */
function problemWith(some: readonly string[], place?: Parameters<typeof verifyLines>[1]): string {
  try {
    verifyLines(some, place);
    return "none";
  } catch (error) {
    if (!(error instanceof HoldpointError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

/** The line of an entry with other fields, the hash in it as it was. */
function edited(line: string, fields: Record<string, unknown>): string {
  return JSON.stringify({ ...JSON.parse(line), ...fields });
}

describe("a stored entry", () => {
  it("says first where it is, what and when, and last what it follows", () => {
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object).slice(0, 3))).toEqual(
      lines.map(() => ["seq", "type", "at"]),
    );
    for (const [index, line] of lines.entries()) {
      const { prev }: { prev?: string } = JSON.parse(line);
      const before = lines[index - 1];
      expect(prev).toBe(before === undefined ? undefined : sha256(before));
    }
  });

  it("is from the start what will be read back", () => {
    const draft: EntryDraft = { type: "context_changed", context: JSON.parse("{}") };
    Object.assign(draft, { context: { when: new Date(0), not: undefined } });
    const { line, entry } = storeEntry(draft, {
      seq: 3,
      at,
      epoch: 2,
      kind: "intention",
      previous: stored[0],
    });
    expect(entry).toEqual(JSON.parse(line));
    expect(entry).toMatchObject({ context: { when: "1970-01-01T00:00:00.000Z" } });
    expect(line).not.toContain("not");
    expect(entry).toMatchObject({ epoch: 2 });
  });

  it("does not change with what it was made of, though its line is made later", () => {
    const context = { user: { name: "Ann" } };
    const draft: EntryDraft = { type: "context_changed", context };
    const place = { seq: 3, at, epoch: 2, kind: "intention", previous: stored[0] } as const;
    const made = storeEntry(draft, place);
    context.user.name = "Bob";
    expect(JSON.parse(made.line)).toMatchObject({ context: { user: { name: "Ann" } } });
  });

  it("is in a chain as long as a run may be", () => {
    let last: StoredEntry | undefined = stored[0];
    for (let seq = 1; seq <= 20_000; seq += 1) {
      last = storeEntry(started(), { seq, at, epoch: 0, kind: "intention", previous: last });
    }
    expect(last?.line).toContain('"prev":');
  });
});

describe("a chain of lines", () => {
  it("is read as it was written", () => {
    expect(verifyLines(lines)).toEqual(read);
    expect(readStoredLines(lines)).toEqual(read);
  });

  it("can be read in parts", () => {
    const previous = lines[2];
    expect(verifyLines(lines.slice(3), { fromSeq: 3, previous })).toEqual(read.slice(3));
  });

  it("hashes what is stored, letter for letter", () => {
    const [first = "", second = ""] = lines;
    const spaced = first.replace('"seq":0', '"seq": 0');
    const following = edited(second, { prev: sha256(spaced) });
    expect(problemWith([spaced, following])).toBe("none");
    expect(problemWith([first, following])).toContain("entry 1 does not follow");
  });

  const wrong: { name: string; change: (all: string[]) => string[]; says: string }[] = [
    {
      name: "an entry that was changed",
      change: (all) => all.with(2, edited(all[2] ?? "", { usage: {} })),
      says: "entry 3 does not follow from the entry before it",
    },
    {
      name: "the last entry without its hash",
      change: (all) => all.with(5, edited(all[5] ?? "", { prev: undefined })),
      says: "entry 5 does not follow",
    },
    {
      name: "a first entry with a hash",
      change: (all) => all.with(0, edited(all[0] ?? "", { prev: "x" })),
      says: "entry 0 does not follow",
    },
    {
      name: "an entry left out",
      change: (all) => all.toSpliced(3, 1),
      says: "entry 3 is out of order",
    },
    {
      name: "an entry twice",
      change: (all) => all.toSpliced(3, 0, all[2] ?? ""),
      says: "entry 3 is",
    },
    {
      name: "entries in another order",
      change: (all) => [...all.slice(0, 3), all[4] ?? "", all[3] ?? "", all[5] ?? ""],
      says: "entry 3 is out of order",
    },
    {
      name: "half a line",
      change: (all) => all.with(4, all[4]?.slice(0, 20) ?? ""),
      says: "entry 4 is not JSON",
    },
    {
      name: "a number that is none",
      change: (all) => all.with(1, edited(all[1] ?? "", { seq: "1" })),
      says: "entry 1 (run_claimed) has an invalid field: seq",
    },
    {
      name: "a type that is unknown",
      change: (all) => all.with(1, edited(all[1] ?? "", { type: "run_sold" })),
      says: 'entry 1 has the unknown type "run_sold"',
    },
    {
      name: "a newer format",
      change: (all) => all.with(0, edited(all[0] ?? "", { format: 7 })),
      says: "Cannot read a run of format 7",
    },
  ];

  it.each(wrong)("is refused: $name", ({ change, says }) => {
    expect(problemWith(change([...lines]))).toContain(says);
    expect(problemWith(change([...lines]))).toMatch(/^state_incompatible: /);
  });

  it("is refused when it does not follow what it is said to follow", () => {
    const place = { fromSeq: 3, previous: lines[1] };
    expect(problemWith(lines.slice(3), place)).toContain("entry 3 does not follow");
    expect(problemWith(lines.slice(3), { fromSeq: 2, previous: lines[2] })).toContain("entry 2 is");
  });
});

describe("rows of a store, which are trusted", () => {
  it.each([
    { name: "an unknown type", fields: { type: "run_sold" }, says: /unknown type "run_sold"/ },
    { name: "a newer format", fields: { format: 7 }, says: /format 7/ },
  ])("are refused all the same with $name: a newer version wrote them", ({ fields, says }) => {
    expect(() => readStoredLines([edited(lines[0] ?? "", fields)])).toThrow(says);
  });
});

describe("a journal", () => {
  it("takes entries that fit, and no others", () => {
    const journal = createJournal(stored.slice(0, 3));
    expect(() => journal.extend(stored.slice(4))).toThrow(ConflictError);
    expect(() => journal.extend(stored.slice(2))).toThrow(ConflictError);
    journal.extend(stored.slice(3));
    expect(journal.entries).toEqual(stored);
    expect(journal.state).toEqual(foldUntil(stored, stored.length));
  });

  it("forgets what a store refused", () => {
    const journal = createJournal(stored);
    journal.rollback(3);
    expect(journal.entries).toEqual(stored.slice(0, 3));
    expect(journal.state).toEqual(foldUntil(stored, 3));
    journal.extend(stored.slice(3));
    expect(journal.state).toEqual(foldUntil(stored, stored.length));
  });
});
