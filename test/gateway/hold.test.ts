import { expect, it } from "vitest";

import { createJournal } from "../../src/engine/journal.ts";
import type { AnyDraft } from "../../src/engine/entries.ts";
import type { Run } from "../../src/engine/state.ts";
import { gatewayFolders } from "../../src/gateway/folder.ts";
import { holdCall } from "../../src/gateway/hold.ts";
import { openingOf } from "../../src/gateway/opening.ts";
import { standOf } from "../../src/gateway/outcome.ts";
import type { RunId } from "../../src/lib/ids.ts";

const runId = "run_a" as RunId;

function runWith(...drafts: AnyDraft[]): Run {
  const journal = createJournal(new Map(gatewayFolders));
  const start = { server: "effects", tool: "add", key: "key" };
  const whose = { principal: "a client", client: "a client 1", source: "gateway:test" };
  const opening = openingOf({ runId, start, ...whose }, { name: "add", args: {} });
  journal.place([...opening, ...drafts], "2026-11-29T12:00:00.000Z");
  return journal.state;
}

const expired: AnyDraft = {
  type: "call_answered",
  callId: "1",
  outcome: "expired",
  output: "Nobody decided in time. It was not run.",
};
const started: AnyDraft = { type: "tool_started", callId: "1", attempt: 1 };
const ran: AnyDraft = {
  type: "tool_finished",
  callId: "1",
  attempt: 1,
  outcome: "ran",
  returned: { result: { content: [{ type: "text", text: "added" }] } },
};

/** Holds a call of which this is seen: first what is on its way to the store, then what is in it. */
function hold(onItsWay: Run, ...stored: Run[]) {
  const looks: string[] = [];
  let changes = 0;
  const service = {
    state: async (_runId: RunId, { isSettled = false } = {}) => {
      looks.push(isSettled ? "stored" : "as it stands");
      return (isSettled || changes > 0 ? stored.at(changes) : onItsWay) ?? onItsWay;
    },
    follow: () => ({ next: async () => void (changes += 1), end: () => undefined }),
    resume: async () => undefined,
  };
  const options = {
    wish: 1,
    hasStructure: false,
    holdMs: 60_000,
    signal: new AbortController().signal,
    looked: () => undefined,
  };
  return { looks, held: holdCall({ service }, runId, options) };
}

it("tells what a body did at once, whatever becomes of its entry", async () => {
  const { held, looks } = hold(runWith(started, ran));
  expect(await held).toMatchObject({ known: "ran" });
  expect(looks).toEqual(["as it stands"]);
});

it("tells what was said in place of running it once that is stored", async () => {
  const { held } = hold(runWith(expired), runWith(expired));
  expect(await held).toMatchObject({ known: "decided", outcome: "expired" });
});

it("does not tell it where somebody was quicker, and it runs", async () => {
  const { held } = hold(runWith(expired), runWith(started), runWith(started, ran));
  expect(await held).toMatchObject({ known: "ran" });
});

it("does not say of a call that has come to something that it did not run", () => {
  expect(standOf(runWith())).toBe("begins");
  expect(standOf(runWith(started))).toBe("runs");
  expect(standOf(runWith(started, ran))).toBe("over");
});
