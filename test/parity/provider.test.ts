import { OpenAI } from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { call, message, reasoning } from "../../src/testing.ts";
import { canonicalJson } from "../../src/lib/json.ts";
import type { AgentInputItem, ModelSettings, Session } from "../../src/index.ts";
import { startOpenAiStandIn, type OpenAiStandIn } from "../support/openai-stand-in.ts";
import { ourModel, sdkModel, wireMessage } from "../support/server-history.ts";
import type { Kit } from "./kit.ts";
import { original, ours, type Library } from "./libraries.ts";
import { parity } from "./parity.ts";
import { search } from "./pieces.ts";
import { plain } from "./transcript.ts";

let standIn: OpenAiStandIn;

beforeEach(async () => {
  standIn = await startOpenAiStandIn();
});

afterEach(() => standIn.close());

describe("settings of a model", () => {
  it.each(
    Object.entries({
      temperature: 0.1,
      topP: 0.2,
      maxTokens: 30,
      frequencyPenalty: 0.4,
      presencePenalty: 0.5,
      parallelToolCalls: false,
      truncation: "auto",
      store: false,
      timeoutMs: 60_000,
      reasoning: { effort: "low", summary: "auto" },
      text: { verbosity: "high" },
      promptCacheRetention: "24h",
      promptCacheOptions: { mode: "explicit" },
      contextManagement: [{ type: "compaction", compactThreshold: 1_000 }],
      providerData: { service_tier: "flex" },
    } satisfies ModelSettings),
  )("are sent as the original sends them: %s", async (name, value) => {
    const bodies: unknown[] = [];
    for (const [lib, model] of [
      [original, sdkModel(standIn)],
      [ours, ourModel(standIn)],
    ] as const) {
      standIn.reply({ output: [wireMessage("Hi.")] });
      const modelSettings = { [name]: value };
      await lib.run(new lib.Agent({ name: "A", model, modelSettings }), "Go.");
      bodies.push(standIn.requests.at(-1)?.body);
    }
    expect(bodies[1]).toEqual(bodies[0]);
  });
});

/** Without the ids that a provider counts up. */
function textOf(items: object): string {
  const given = canonicalJson(plain(items));
  return given.replace(/,?"id":"[^"]*"/g, "");
}

/** What a session of items answers, method by method. */
async function ask(kit: Kit, session: Session): Promise<void> {
  const items: AgentInputItem[] = [
    { type: "message", role: "user", content: "Hi." },
    { ...message("Ho."), id: "msg_1" },
    call("search", { query: "a" }, "c1"),
    {
      type: "function_call_result",
      callId: "c1",
      name: "search",
      status: "completed",
      output: "b",
    },
  ];
  kit.print(typeof (await session.getSessionId()));
  await session.addItems(items);
  await session.addItems([]);
  for (const limit of [undefined, 0, 2, 9]) {
    const held = await session.getItems(limit);
    kit.print(limit, textOf(held));
  }
  kit.print((await session.popItem())?.type, (await session.getItems()).length);
  const [, answer] = await session.getItems();
  const prepared = answer && session.prepareHistoryItemForModelInput?.(answer);
  kit.print(prepared && textOf(prepared));
  await session.clearSession();
  kit.print(await session.popItem(), await session.getItems());
}

/** A session of either library in a conversation at the stand-in. */
function conversation(lib: Library, conversationId?: string): Session & { sessionId?: unknown } {
  const client = new OpenAI({ apiKey: "sk-test", baseURL: standIn.url, maxRetries: 0 });
  const id = conversationId === undefined ? {} : { conversationId };
  return new lib.OpenAIConversationsSession({ client, ...id });
}

describe("sessions of the library", () => {
  parity(
    "MemorySession: getSessionId, getItems, addItems, popItem, clearSession",
    async (lib, kit) => {
      await ask(kit, new lib.MemorySession());
      const initialItems: AgentInputItem[] = [{ role: "user", content: "Before." }];
      const session = new lib.MemorySession({ sessionId: "s1", initialItems });
      kit.print(await session.getSessionId(), await session.getItems());
    },
  );

  parity(
    "OpenAIConversationsSession: getSessionId, getItems, addItems, popItem, clearSession, prepareHistoryItemForModelInput",
    async (lib, kit) => {
      await ask(kit, conversation(lib));
    },
  );

  parity("OpenAIConversationsSession, by client", async (lib, kit) => {
    const client = new OpenAI({ apiKey: "sk-test", baseURL: standIn.url, maxRetries: 0 });
    const session = new lib.OpenAIConversationsSession({ client });
    kit.print(typeof (await session.getSessionId()), standIn.requests.length > 0);
  });

  parity(
    "OpenAIConversationsSession keeps ids of reasoning, by preserveReasoningItemIdsForPersistence",
    async (lib, kit) => {
      const session = conversation(lib);
      const model = kit.model([reasoning("rs_1"), message("Hi.")]);
      const agent = new lib.Agent({ name: "A", model });
      await lib.run(agent, "Go.", { session, reasoningItemIdPolicy: "omit" });
      const sent = JSON.stringify(standIn.requests.map(({ body }) => body));
      kit.print(session.preserveReasoningItemIdsForPersistence?.(), sent.includes('"rs_1"'));
      standIn.requests.length = 0;
    },
  );

  parity("OpenAIConversationsSession, by conversationId and sessionId", async (lib, kit) => {
    const { id } = standIn.history.createConversation([]);
    const session = conversation(lib, String(id));
    kit.print((await session.getSessionId()) === id, session.sessionId === id);
  });

  parity(
    "OpenAIConversationsSession, by apiKey, baseURL, organization and project",
    async (lib, kit) => {
      const session = new lib.OpenAIConversationsSession({
        apiKey: "sk-own",
        baseURL: standIn.url,
        organization: "org_1",
        project: "proj_1",
      });
      await session.getSessionId();
      const { headers } = standIn.requests.at(-1) ?? {};
      for (const name of ["authorization", "openai-organization", "openai-project"]) {
        kit.print(headers?.[name]);
      }
    },
  );
});

/** A session that a program wrote, with more than it must have. */
class Further extends Map<string, never> implements Session {
  readonly items: AgentInputItem[] = [];
  getSessionId = async () => "own";
  getItems = async () => structuredClone(this.items);
  addItems = async (items: AgentInputItem[]) => void this.items.push(...structuredClone(items));
  popItem = async () => this.items.pop();
  clearSession = async () => void this.items.splice(0);
}

describe("sessions of a program's own", () => {
  parity(
    "have a say in what models are sent, by prepareHistoryItemForModelInput",
    async (lib, kit) => {
      const session = Object.assign(new Further(), {
        prepareHistoryItemForModelInput: (item: AgentInputItem): AgentInputItem =>
          "role" in item && item.role === "user" ? { ...item, content: "[hidden]" } : item,
      });
      const agent = new lib.Agent({
        name: "A",
        model: kit.model([message("Hi.")], [message("Ho.")]),
      });
      await lib.run(agent, "One.", { session });
      await lib.run(agent, "Two.", { session });
      kit.print(JSON.stringify(session.items));
    },
  );

  for (const where of ["run", "runner"] as const) {
    parity(`are combined with input by sessionInputCallback of the ${where}`, async (lib, kit) => {
      const session = new lib.MemorySession({ initialItems: [lib.user("Before.")] });
      const sessionInputCallback = (held: AgentInputItem[], given: AgentInputItem[]) => [
        ...given,
        ...held,
      ];
      const agent = new lib.Agent({ name: "A", model: kit.model([message("Hi.")]) });
      const own = { sessionInputCallback };
      const runner = new lib.Runner(where === "runner" ? own : {});
      await runner.run(agent, "Go.", { session, ...(where === "run" ? own : {}) });
      kit.print(JSON.stringify(await session.getItems()));
    });
  }

  const thought = reasoning("rs_1");

  for (const preserves of [true, false]) {
    parity(
      `preserveReasoningItemIdsForPersistence and prepareHistoryItemsForPersistenceComparison: ${preserves}`,
      async (lib, kit) => {
        const session = Object.assign(new Further(), {
          preserveReasoningItemIdsForPersistence: () => preserves,
          prepareHistoryItemsForPersistenceComparison: (items: AgentInputItem[]) => items,
        });
        const agent = new lib.Agent({
          name: "A",
          tools: [search(lib, kit)],
          model: kit.model([thought, call("search", { query: "a" }, "c1")], [message("Hi.")]),
        });
        await lib.run(agent, "Go.", { session, reasoningItemIdPolicy: "omit" });
        kit.print(JSON.stringify(session.items));
      },
    );
  }

  parity("are sent to models from their last compaction on", async (lib, kit) => {
    const session = new lib.MemorySession();
    const compaction = { type: "compaction", id: "cmp_1", encrypted_content: "abc" } as const;
    const model = kit.model([message("Hi.")], [compaction, message("Ho.")], [message("Ha.")]);
    const agent = new lib.Agent({ name: "A", model });
    for (const input of ["One.", "Two.", "Three."]) await lib.run(agent, input, { session });
  });

  parity("replaceHistoryWithCompaction", async (lib, kit) => {
    const session = Object.assign(new Further(), {
      replaceHistoryWithCompaction: async (items: AgentInputItem[]) => {
        kit.print("replaced");
        session.items.splice(0, Infinity, ...items);
      },
    });
    const compaction = { type: "compaction", id: "cmp_1", encrypted_content: "abc" } as const;
    const agent = new lib.Agent({
      name: "A",
      model: kit.model([message("Hi.")], [compaction, message("Ho.")], [message("Ha.")]),
    });
    for (const input of ["One.", "Two.", "Three."]) await lib.run(agent, input, { session });
    kit.print(JSON.stringify(session.items));
  });
});

describe("filters of what models are sent", () => {
  parity("may keep what they were given, with preserveInputIdentity", async (lib, kit) => {
    const filter = Object.assign(
      ({ modelData }: { modelData: { input: AgentInputItem[] } }) => ({
        ...modelData,
        input: modelData.input.slice(-1),
      }),
      { preserveInputIdentity: true },
    );
    const session = new lib.MemorySession({ initialItems: [lib.user("Before.")] });
    const agent = new lib.Agent({
      name: "A",
      tools: [search(lib, kit)],
      model: kit.model([call("search", { query: "a" }, "c1")], [message("Hi.")]),
    });
    await lib.run(agent, "Go.", { session, callModelInputFilter: filter });
    kit.print(JSON.stringify(await session.getItems()));
  });
});
