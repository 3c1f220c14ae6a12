import { expect, it, vi } from "vitest";

import type { SealedCommit } from "../../src/sqlite/commit-chain.ts";
import { sha256 } from "../../src/lib/digest.ts";
import { openAnchors } from "../../src/sqlite/anchors.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const commit = (number: number): SealedCommit => ({
  number,
  kind: "append",
  runId: "run_a",
  firstSeq: 0,
  lastSeq: 0,
  hash: "",
  at: number * 60_000,
  keyId: undefined,
  mac: sha256(`${number}`),
});

it("what a process saw that wrote long ago is not forgotten for those that came and went", async ({
  onTestFinished,
}) => {
  const directory = await tempDirectory();
  const idle = openAnchors(directory, "store");
  onTestFinished(() => idle.close());
  idle.note(commit(1));
  for (let number = 2; number < 40; number += 1) {
    const other = openAnchors(directory, "store");
    other.note(commit(number));
    other.close();
  }
  idle.note(commit(50));
  expect(openAnchors(directory, "store").newest()).toMatchObject({ number: 50, mac: sha256("50") });
});

it("a commit behind which no body runs is noted soon, or with the next, or when the store is closed", async ({
  onTestFinished,
}) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const directory = await tempDirectory();
  const own = openAnchors(directory, "store");
  const seen = (): number | undefined => openAnchors(directory, "store").newest()?.number;
  own.begin();
  expect(seen(), "that it is known here").toBe(0);
  own.note(commit(1));
  own.note(commit(2), "soon");
  expect(seen()).toBe(1);
  vi.advanceTimersByTime(20);
  expect(seen()).toBe(2);
  own.note(commit(3), "soon");
  own.note(commit(4));
  expect(seen()).toBe(4);
  own.note(commit(5), "soon");
  own.close();
  expect(seen()).toBe(5);
});
