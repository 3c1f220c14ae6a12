import { describe } from "vitest";

import { call, message } from "../../src/testing.ts";
import type { Agent, AgentInputItem, CallModelInputFilter, Session } from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import type { Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { search, temperature } from "./pieces.ts";
import { plain } from "./transcript.ts";

const card = /\d{4}-\d{4}/g;

function redacted<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(card, "[card]")) as T;
}

/** Members in one order: the two libraries build items in orders of their own. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => sorted(plain(item)));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([key, member]) => [key, sorted(member)]));
}

/** Sessions that see to it that no card number is kept. */
const sessions: [name: string, open: (lib: Library, kit: Kit) => Session][] = [
  [
    "a subclass with addItems",
    (lib, kit) =>
      new (class extends lib.MemorySession {
        override async addItems(items: AgentInputItem[]): Promise<void> {
          kit.print("adding", items.length);
          await super.addItems(redacted(items));
        }
      })(),
  ],
  [
    "a session whose addItems was set",
    (lib) => {
      const session = new lib.MemorySession();
      const add = session.addItems.bind(session);
      session.addItems = async (items) => add(redacted(items));
      return session;
    },
  ],
  [
    "a subclass with getItems",
    (lib, kit) =>
      new (class extends lib.MemorySession {
        override async getItems(limit?: number): Promise<AgentInputItem[]> {
          kit.print("reading");
          return redacted(await super.getItems(limit));
        }
      })(),
  ],
];

function clerk(lib: Library, kit: Kit): Agent {
  return new lib.Agent({
    name: "Clerk",
    tools: [search(lib, kit), temperature(lib, kit)],
    model: kit.model(
      [call("search", { query: "card 1234-5678" }, "c1")],
      [call("get_temperature", { city: "Rome" }, "c2")],
      [message("Done.")],
      [message("Again.")],
    ),
  });
}

/** A run with a pause, and a second one. */
async function converse(
  lib: Library,
  kit: Kit,
  given: { session: Session; callModelInputFilter?: CallModelInputFilter; stream?: boolean },
): Promise<void> {
  const { session, stream, ...options } = given;
  const agent = clerk(lib, kit);
  const go = async (input: Parameters<Library["run"]>[1]) => {
    if (stream !== true) return lib.run(agent, input, { session, ...options });
    const streamed = await lib.run(agent, input, { session, ...options, stream: true });
    await streamed.completed;
    return streamed;
  };
  const paused = await go("My card is 1234-5678.");
  kit.print(sorted(await session.getItems()));
  for (const interruption of paused.interruptions) paused.state.approve(interruption);
  const ended = await go(paused.state);
  kit.print(ended.finalOutput, sorted(await session.getItems()));
  await go([lib.user("And 8765-4321?"), lib.user("Yes?")]);
  kit.print(sorted(await session.getItems()));
}

describe("sessions with methods of the program's own", () => {
  for (const [name, open] of sessions.slice(0, 2)) {
    parity(`are written through them: ${name}`, async (lib, kit) => {
      const session = open(lib, { ...kit, print: () => undefined });
      await converse(lib, kit, { session });
    });
  }

  parity("are read through them", async (lib, kit) => {
    const [, , entry] = sessions;
    const session = entry?.[1](lib, { ...kit, print: () => undefined });
    if (session !== undefined) await converse(lib, kit, { session });
  });
});

/** What a program may do with what a model is sent. */
const filters: [name: string, filter: CallModelInputFilter][] = [
  [
    "redacts copies",
    ({ modelData }) => ({ ...modelData, input: modelData.input.map((item) => redacted(item)) }),
  ],
  [
    "redacts in place",
    ({ modelData }) => {
      for (const item of modelData.input) Object.assign(item, redacted(item));
      return modelData;
    },
  ],
  [
    "puts something in front",
    ({ modelData }) => ({
      ...modelData,
      input: [{ type: "message", role: "system", content: "Be brief." }, ...modelData.input],
    }),
  ],
  [
    "leaves the user's words out",
    ({ modelData }) => ({
      ...modelData,
      input: modelData.input.filter((item) => !("role" in item) || item.role !== "user"),
    }),
  ],
  ["leaves all as it is", ({ modelData }) => modelData],
];

describe("a session keeps what the model was sent", () => {
  for (const [name, callModelInputFilter] of filters) {
    for (const stream of [false, true]) {
      parity(`where a filter ${name}${stream ? ", streamed" : ""}`, async (lib, kit) => {
        const session = new lib.MemorySession();
        await converse(lib, kit, { session, callModelInputFilter, stream });
      });
    }
  }
});
