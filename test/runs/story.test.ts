import { expect, it } from "vitest";

import { toStory } from "../../src/runs/story.ts";
import {
  answered,
  begun,
  finished,
  placed,
  responded,
  started,
} from "../support/sample-entries.ts";

it.each([
  ["rejected", "pay was not run: rejected. It is 5 by now"],
  ["denied", "pay was not run: denied. It is 5 by now"],
  ["stated", "what came of pay was stated: It is 5 by now"],
  ["collected", "pay ran: It is 5 by now"],
] as const)("tells of a call that was answered as %s what is known of it", (outcome, says) => {
  expect(lastOf(answered("c1", { outcome, output: "It is 5 by now" }))).toBe(says);
});

it("tells what a body did", () => {
  expect(lastOf(begun("c1"), finished("c1"))).toBe("pay ran: Paid.");
});

function lastOf(...drafts: Parameters<typeof placed>[0]): string | undefined {
  const entries = placed([started(), responded(["c1"]), ...drafts]);
  return toStory({ entries: entries.map((entry) => ({ entry, line: "" })), approvals: [] }).at(-1)
    ?.says;
}
