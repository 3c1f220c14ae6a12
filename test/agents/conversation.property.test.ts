import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { AgentInputItem } from "../../src/agents/items.ts";
import type { Session } from "../../src/agents/session.ts";
import { MemorySession } from "../../src/sessions/memory.ts";
import { ForeignSession } from "../support/foreign-session.ts";
import {
  converse,
  FaultyOwnSession,
  type ConversationScript,
  type Disturbances,
  type WriteOutcome,
} from "./scripted-conversation.ts";
import { isThorough } from "../support/thorough.ts";

const seed = 20_260_102;
const scripts = isThorough ? 250 : 50;

const turn = fc.record({
  calls: fc.array(fc.record({ isGated: fc.boolean(), isApproved: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  }),
  addsInput: fc.boolean(),
});

const script: fc.Arbitrary<ConversationScript> = fc.record({
  messages: fc.array(fc.record({ turns: fc.array(turn, { maxLength: 2 }) }), {
    minLength: 1,
    maxLength: 3,
  }),
});

const writeOutcome = fc.constantFrom<WriteOutcome[]>(
  "written",
  "written",
  "refused",
  "half",
  "answer_lost",
);

const disturbances: fc.Arbitrary<Disturbances> = fc.record({
  decidedFirst: fc.array(fc.nat({ max: 7 }), { maxLength: 6 }),
  restarts: fc.array(fc.boolean(), { maxLength: 12 }),
  writes: fc.array(writeOutcome, { maxLength: 8 }),
});

const kinds = ["own", "foreign", "foreign service"] as const;

function openSession(kind: (typeof kinds)[number], writes: readonly WriteOutcome[]): Session {
  if (kind === "own") return new FaultyOwnSession(writes);
  const session = new ForeignSession({ normalises: kind === "foreign service" });
  const faults = { written: undefined, refused: { written: 0 }, half: { written: 1 } } as const;
  session.faults.push(
    ...writes.map((outcome) => (outcome === "answer_lost" ? outcome : faults[outcome])),
  );
  return session;
}

/** What no service changes of an item. */
function essence(item: AgentInputItem): unknown {
  if ("callId" in item) return [item.type, item.callId, JSON.stringify(outputOf(item))];
  return "content" in item ? [item.type, JSON.stringify(item.content)] : [item.type];
}

function outputOf(item: AgentInputItem): unknown {
  if (item.type !== "function_call_result") return undefined;
  const { output } = item;
  return typeof output === "object" && "text" in output ? output.text : output;
}

function essences(kind: (typeof kinds)[number], items: readonly AgentInputItem[]): unknown {
  if (kind !== "foreign service") return items;
  const texts = items.map((item) => essence(item));
  return JSON.parse(
    JSON.stringify(texts).replaceAll(
      /\[\{\\"type\\":\\"input_text\\",\\"text\\":(\\".*?\\")\}\]/g,
      (_, text: string) => text,
    ),
  );
}

const calm: Disturbances = { decidedFirst: [], restarts: [], writes: [] };

describe("a conversation in a session", () => {
  it(
    `leaves the same history whatever gets in its way (seed ${seed})`,
    { timeout: 60_000 },
    async () => {
      let disturbed = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            script,
            disturbances,
            kind: fc.constantFrom(...kinds),
            streamed: fc.boolean(),
          }),
          async (given) => {
            const { kind, streamed } = given;
            const reference = new MemorySession();
            const expected = await converse(given.script, {
              session: reference,
              streamed: false,
              disturbances: calm,
            });
            const session = openSession(kind, given.disturbances.writes);
            const actual = await converse(given.script, {
              session,
              streamed,
              disturbances: given.disturbances,
            });
            expect(essences(kind, await session.getItems())).toEqual(
              essences(kind, await reference.getItems()),
            );
            expect(actual.outputs).toEqual(expected.outputs);
            expect(actual.runs).toEqual(expected.runs);
            for (const times of actual.runs.values()) expect(times).toBe(1);
            for (const [place, inputs] of actual.asked) {
              expect(inputs).toHaveLength(1);
              if (kind !== "foreign service") expect(inputs).toEqual(expected.asked.get(place));
            }
            if (given.disturbances.writes.some((outcome) => outcome !== "written")) disturbed += 1;
          },
        ),
        { seed, numRuns: scripts },
      );
      expect(disturbed).toBeGreaterThan(scripts / 3);
    },
  );
});
