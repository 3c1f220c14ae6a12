import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

import {
  Agent,
  createMemoryRunStore,
  createSqliteRunStore,
  run,
  Runner,
  RunState,
  tool,
  type RunStore,
} from "../../src/index.ts";
import { createJournal } from "../support/journal.ts";
import { knownRuns } from "../../src/agents/face/known-journals.ts";
import { call, createScriptedModel, message, type ScriptedTurn } from "../../src/testing.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

/** A client as applications have them: with a private field, and of a class. */
class Database {
  readonly #paid: number[] = [];
  pay(amount: number): number {
    this.#paid.push(amount);
    return this.#paid.length;
  }
  get paid(): readonly number[] {
    return this.#paid;
  }
}

interface Shop {
  user: string;
  count: number;
  since: Date;
  db: Database;
  cache: Map<string, number>;
  services: { log: (line: string) => void; region: string };
  self?: unknown;
}

function shop(db: Database): Shop {
  const lines: string[] = [];
  const context: Shop = {
    user: "Ann",
    count: 0,
    since: new Date(1_000),
    db,
    cache: new Map([["a", 1]]),
    services: { log: (line) => lines.push(line), region: "eu" },
  };
  context.self = context;
  return context;
}

const parameters = z.object({ amount: z.number() });

const pay = tool<typeof parameters, Shop>({
  name: "pay",
  description: "Pays.",
  parameters,
  needsApproval: true,
  execute({ amount }, context) {
    const own = context?.context;
    if (own === undefined) throw new Error("no context");
    own.count += 1;
    own.services.log(`pays ${amount}`);
    return `Paid ${own.db.pay(amount)} for ${own.user} since ${own.since.getTime()}`;
  },
});

/** Counts without touching what cannot be saved. */
const count = tool({
  name: "count",
  description: "Counts.",
  parameters: z.object({}),
  needsApproval: true,
  execute(_args, context) {
    (context?.context as Shop).count += 1;
    return "Counted.";
  },
});

const first = call("pay", { amount: 1 }, "c1");
const second = call("pay", { amount: 2 }, "c2");
const done = message("Done.");

function agentWith(...script: ScriptedTurn[]): Agent {
  return new Agent({ name: "shop", model: createScriptedModel(script), tools: [pay, count] });
}

function approveAll(state: RunState): RunState {
  for (const item of state.getInterruptions()) state.approve(item);
  return state;
}

/** The run as another process has it: nothing is known of it but its text. */
function elsewhere(state: RunState): string {
  const text = state.toString();
  knownRuns.remember(state.runId, createJournal());
  return text;
}

describe("a context with parts that cannot be saved", () => {
  /** Paused once, gone on with to the second pause, as text. */
  async function pausedTwice(): Promise<string> {
    const { state } = await run(agentWith([first]), "Pay.", { context: shop(new Database()) });
    const again = await run(agentWith([second]), approveAll(state));
    return elsewhere(again.state);
  }

  it("goes through a text: what was saved stands, the rest is given again", async () => {
    const text = await pausedTwice();
    const db = new Database();
    const context = shop(db);
    const state = await RunState.fromString(agentWith(), text, { context });
    const result = await run(agentWith([done]), approveAll(state));
    expect(JSON.stringify(result.history)).toContain("Paid 1 for Ann since 1000");
    expect(db.paid).toEqual([2]);
    expect(result.runContext.context).toMatchObject({ count: 2, since: new Date(1_000) });
    // The object that was given is for any run: it is not changed.
    expect(context.count).toBe(0);
  });

  it("says in its entries what is to be given again, by path and nothing else", async () => {
    const { entries } = JSON.parse(await pausedTwice()) as { entries: string[] };
    const [started] = entries.map((line) => JSON.parse(line));
    const givenAgain = ["/cache", "/db", "/self", "/services/log"];
    expect(started.start).toMatchObject({
      context: { user: "Ann", count: 0, services: { region: "eu" } },
      givenAgain,
      dates: ["/since"],
    });
    const changed = entries
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === "context_changed");
    expect(changed).toMatchObject([{ context: { count: 1 }, givenAgain }]);
  });

  it("is given to run", async () => {
    const state = await RunState.fromString(agentWith(), await pausedTwice());
    const db = new Database();
    const given = { db, cache: new Map(), services: { log: () => {} }, more: 1 };
    const result = await run(agentWith([done]), approveAll(state), { context: given });
    expect(db.paid).toEqual([2]);
    expect(result.runContext.context).toMatchObject({ user: "Ann", count: 2, more: 1 });
  });

  it("is an error in words for a tool that touches what nobody gave, and can be given then", async () => {
    const state = await RunState.fromString(agentWith(), await pausedTwice());
    const failing = run(agentWith(), approveAll(state));
    await expect(failing).rejects.toThrow("Cannot use context.services.log: it could not be saved");
    const error = await failing.catch((thrown: { state: RunState }) => thrown);
    const db = new Database();
    const again = approveAll((error as { state: RunState }).state);
    const result = await run(agentWith([done]), again, { context: shop(db) });
    const next = await run(agentWith([done]), approveAll(result.state));
    expect(next.finalOutput).toBe("Done.");
    expect(db.paid).toEqual([2]);
  });

  it("disturbs no tool that does not touch it", async () => {
    const counted = call("count", {}, "c1");
    const { state } = await run(agentWith([counted]), "Count.", { context: shop(new Database()) });
    const loaded = await RunState.fromString(agentWith(), elsewhere(state));
    const result = await run(agentWith([done]), approveAll(loaded));
    expect(result.finalOutput).toBe("Done.");
    const saved = JSON.parse(result.state.toString()) as { entries: string[] };
    expect(saved.entries.join("\n")).toContain('"count":1');
  });

  it("is that of the run in its plain part, when a text is loaded that the run is ahead of", async () => {
    const failing = agentWith([call("count", {}, "c1")], new Error("The model is out"));
    const { state } = await run(failing, "Count.", { context: shop(new Database()) });
    const text = state.toString();
    await expect(run(failing, approveAll(state))).rejects.toThrow("The model is out");
    const db = new Database();
    const behind = await RunState.fromString(agentWith(), text, { context: shop(db) });
    const { runContext } = await run(agentWith([done]), behind);
    expect(runContext.context).toMatchObject({ user: "Ann", count: 1, db });
  });

  it("is saved again by who was not given it, as it was", async () => {
    const text = await pausedTwice();
    const state = await RunState.fromString(agentWith(), text);
    expect(state.toString()).toBe(text);
  });

  it("is the very object of the program as long as the run stays in it", async () => {
    const context = shop(new Database());
    const { state } = await run(agentWith([first]), "Pay.", { context });
    await run(agentWith([done]), approveAll(state));
    expect(context.count).toBe(1);
    expect(context.db.paid).toEqual([1]);
  });

  it("takes the place of the saved one where nothing of that is missing", async () => {
    const counted = call("count", {}, "c1");
    const { state } = await run(agentWith([counted]), "Count.", {
      context: { user: "Ann", count: 5 },
    });
    const context = { user: "Bob", count: 0 };
    const loaded = await RunState.fromString(agentWith(), elsewhere(state), { context });
    await run(agentWith([done]), approveAll(loaded));
    expect(context).toEqual({ user: "Bob", count: 1 });
  });

  it("is replaced whole by fromStringWithContext", async () => {
    const context = { ...shop(new Database()), user: "Bob" };
    const text = await pausedTwice();
    const state = await RunState.fromStringWithContext(agentWith(), text, context);
    await run(agentWith([done]), approveAll(state));
    expect(context).toMatchObject({ user: "Bob", count: 1 });
  });

  it("may be of a class itself", async () => {
    class Counter {
      readonly #log: string[] = [];
      count = 0;
      services = { log: (line: string) => this.#log.push(line) };
    }
    const counted = call("count", {}, "c1");
    const { state } = await run(agentWith([counted]), "Count.", { context: new Counter() });
    const text = elsewhere(state);
    const context = new Counter();
    const loaded = await RunState.fromString(agentWith(), text, { context });
    await run(agentWith([done]), approveAll(loaded));
    expect(context.count).toBe(1);
    knownRuns.remember(state.runId, createJournal());
    const lost = await RunState.fromString(agentWith(), text);
    await expect(run(agentWith(), approveAll(lost))).rejects.toThrow(
      "Cannot use context: it could",
    );
  });

  it("reaches nested agents", async () => {
    const manager = (inner: ScriptedTurn[], outer: ScriptedTurn[]): Agent => {
      const clerk = agentWith(...inner);
      const asking = clerk.asTool({ toolName: "ask", toolDescription: "Asks." });
      return new Agent({ name: "manager", model: createScriptedModel(outer), tools: [asking] });
    };
    const asks = call("ask", { input: "Pay." }, "d1");
    const context = shop(new Database());
    const { state } = await run(manager([[first]], [[asks]]), "Pay.", { context });
    const text = elsewhere(state);
    const db = new Database();
    const agent = manager([[done]], [[done]]);
    const loaded = await RunState.fromString(agent, text, { context: shop(db) });
    const result = await run(agent, approveAll(loaded));
    expect(result.finalOutput).toBe("Done.");
    expect(db.paid).toEqual([1]);
    knownRuns.remember(state.runId, createJournal());
    const without = manager([[done]], [[done]]);
    const lost = approveAll(await RunState.fromString(without, text));
    await expect(run(without, lost)).rejects.toThrow("Cannot use context.services.log");
  });
});

describe.each(["memory", "sqlite"])("a live context of a run in a %s store", (kind) => {
  const tempDirectory = useTempDirectory();

  it("is given to resume", async () => {
    const path = `${await tempDirectory()}/runs.db`;
    const memory = createMemoryRunStore();
    const open = async (): Promise<RunStore> =>
      kind === "memory" ? memory : createSqliteRunStore({ path });
    const store = await open();
    const started = await new Runner({ store }).run(agentWith([first]), "Pay.", {
      context: shop(new Database()),
    });
    const { state } = await new Runner({ store }).run(
      agentWith([second]),
      approveAll(started.state),
    );
    const { runId } = state;
    await new Runner({ store }).run(agentWith([done]), approveAll(state)).catch(() => {});
    knownRuns.remember(runId, createJournal());
    const other = await open();
    const db = new Database();
    const result = await new Runner({ store: other }).resume(agentWith([done]), runId, {
      context: shop(db),
    });
    expect(result.finalOutput).toBe("Done.");
    expect(result.runContext.context).toMatchObject({ user: "Ann", count: 2, db });
    await Promise.all(kind === "memory" ? [] : [store.close(), other.close()]);
  });
});

describe("a context with a serializer of the application's", () => {
  class Basket {
    readonly #items: string[];
    count = 0;
    services = { log: () => {} };
    constructor(items: string[]) {
      this.#items = items;
    }
    static write(basket: Basket): { items: string[]; count: number } {
      return { items: basket.#items, count: basket.count };
    }
    static read(saved: unknown): Basket {
      const { items, count } = saved as { items: string[]; count: number };
      return Object.assign(new Basket(items), { count });
    }
    get items(): string[] {
      return this.#items;
    }
  }
  const contextSerializer = Basket.write;
  const contextDeserializer = Basket.read;
  const counted = call("count", {}, "c1");

  it("is written by the one and read by the other", async () => {
    const { state } = await run(agentWith([counted]), "Go.", { context: new Basket(["apple"]) });
    const text = state.toString({ contextSerializer });
    knownRuns.remember(state.runId, createJournal());
    const loaded = await RunState.fromString(agentWith(), text, { contextDeserializer });
    expect((loaded.context.context as Basket).items).toEqual(["apple"]);
    const result = await run(agentWith([done]), approveAll(loaded));
    expect(() => result.state.toString()).toThrow("toString({ contextSerializer })");
    const after = result.state.toString({ contextSerializer });
    knownRuns.remember(state.runId, createJournal());
    const again = await RunState.fromString(agentWith(), after, { contextDeserializer });
    expect(again.context.context).toMatchObject({ count: 1 });
  });

  it("changes nothing of the run where a text is written by it", async () => {
    const { state } = await run(agentWith([counted]), "Go.", { context: { count: 0 } });
    const own = state.toString();
    const contextSerializer = vi.fn<() => unknown>(() => ({ written: true }));
    expect(state.toString({ contextSerializer })).toContain("written");
    expect(state.toString()).toBe(own);
    const result = await run(agentWith([done]), approveAll(state));
    expect(result.state.toString()).not.toContain("written");
    expect(contextSerializer).toHaveBeenCalledTimes(1);
  });

  it("goes through a store with a runner that has both", async () => {
    const store = createMemoryRunStore();
    const runner = new Runner({ store, contextSerializer, contextDeserializer });
    const basket = new Basket(["apple"]);
    const { state } = await runner.run(agentWith([counted]), "Go.", { context: basket });
    await runner.run(agentWith([call("count", {}, "c2")]), approveAll(state));
    knownRuns.remember(state.runId, createJournal());
    const { runContext } = await runner.resume(agentWith(), state.runId);
    expect(runContext.context).toBeInstanceOf(Basket);
    expect(runContext.context).toMatchObject({ count: 1, items: ["apple"] });
  });

  it("is read by a runner where the state was loaded without a reader", async () => {
    const { state } = await run(agentWith([counted]), "Go.", { context: new Basket(["apple"]) });
    const text = state.toString({ contextSerializer });
    knownRuns.remember(state.runId, createJournal());
    const loaded = await RunState.fromString(agentWith(), text);
    const runner = new Runner({ contextSerializer, contextDeserializer });
    const result = await runner.run(agentWith([done]), approveAll(loaded));
    expect(result.runContext.context).toMatchObject({ count: 1, items: ["apple"] });
  });

  it("is to be given again where nobody reads it, and stays as it was written", async () => {
    const { state } = await run(agentWith([counted]), "Go.", { context: new Basket([]) });
    const text = state.toString({ contextSerializer });
    knownRuns.remember(state.runId, createJournal());
    const loaded = await RunState.fromString(agentWith(), text);
    expect(loaded.toString()).toBe(text);
    await expect(run(agentWith(), approveAll(loaded))).rejects.toThrow(
      "Cannot use context: it was written by a contextSerializer",
    );
  });

  it("keeps an outcome where the serializer fails", async () => {
    const broken = new Runner({
      contextSerializer: (context) => {
        if ((context as Basket).count > 0) throw new Error("out of ink");
        return {};
      },
    });
    const { state } = await broken.run(agentWith([counted]), "Go.", { context: new Basket([]) });
    const failing = broken.run(agentWith([done]), approveAll(state));
    await expect(failing).rejects.toThrow("out of ink");
    const error = await failing.catch((thrown: { state: RunState }) => thrown);
    expect(JSON.stringify((error as { state: RunState }).state.history)).toContain("Counted.");
  });

  it("must be given JSON", async () => {
    const { state } = await run(agentWith([counted]), "Go.", { context: new Basket([]) });
    expect(() => state.toString({ contextSerializer: () => new Map() })).toThrow(
      "contextSerializer must give plain JSON",
    );
  });
});
