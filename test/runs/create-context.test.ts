import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";

import {
  Agent,
  createAgentRegistry,
  createMemoryRunStore,
  createRunService,
  RunContext,
  Runner,
  tool,
  type AgentEntry,
  type RunService,
  type RunStore,
} from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";
import { waitFor, yes, yesTyping } from "../support/run-services.ts";

class Bank {
  readonly #paid: string[] = [];
  pay(user: string): string {
    this.#paid.push(user);
    return `Paid for ${user}.`;
  }
  get paid(): readonly string[] {
    return this.#paid;
  }
}

interface Office {
  user: string;
  bank: Bank;
}

const parameters = z.object({});

const pay = tool<typeof parameters, Office>({
  name: "pay",
  description: "Pays.",
  parameters,
  needsApproval: true,
  execute: (_args, context) => context?.context.bank.pay(context.context.user),
});

/** The agent as another process has it, from so many turns on. */
function clerk(from = 0): Agent {
  const turns = [[call("pay", {}, "c1")], [message("Done.")]];
  const model = createScriptedModel(turns.slice(from));
  return new Agent({ name: "Clerk", model, tools: [pay] });
}

describe("createContext of an agent in a service", () => {
  const opened: RunService[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((service) => service.close()));
  });

  function open(store: RunStore, entry?: Omit<AgentEntry, "source">): RunService {
    const entries = entry === undefined ? [] : [{ source: "code", ...entry }];
    const service = createRunService({
      // One store is for several services, as a file is.
      store: { ...store, close: async () => {} },
      registry: createAgentRegistry(entries, {}),
      log: { info() {}, warn() {} },
    });
    opened.push(service);
    service.recover();
    return service;
  }

  /** A run that a program paused in the store, with a context that is not all plain. */
  async function paused(store: RunStore) {
    const context: Office = { user: "Ann", bank: new Bank() };
    const { state } = await new Runner({ store }).run(clerk(), "Pay.", { context });
    const [item] = state.getInterruptions();
    if (item === undefined) throw new Error("Nothing waits");
    return { runId: state.runId, approvalId: item.approvalId as never };
  }

  it("gives again what could not be saved, and nothing else", async () => {
    const store = createMemoryRunStore();
    const { runId, approvalId } = await paused(store);
    const bank = new Bank();
    const asked: unknown[] = [];
    const service = open(store, {
      agent: clerk(1),
      createContext(run) {
        asked.push(run);
        return new RunContext({ user: "nobody", bank });
      },
    });
    await service.decide(approvalId, yes());
    await waitFor(service, runId, "completed");
    expect(bank.paid).toEqual(["Ann"]);
    expect(asked).toEqual([{ runId, agent: "Clerk", sessionId: undefined }]);
  });

  it("may have a part that is named then, and is no promise for it", async () => {
    const store = createMemoryRunStore();
    const { runId, approvalId } = await paused(store);
    const bank = new Bank();
    const then = Object.fromEntries([["then", "later"] as const]);
    const createContext = () => ({ user: "nobody", bank, ...then });
    const service = open(store, { agent: clerk(1), createContext });
    await service.decide(approvalId, yes());
    await waitFor(service, runId, "completed");
    expect(bank.paid).toEqual(["Ann"]);
  });

  it("is asked for in words where a tool needs it and there is none", async () => {
    const store = createMemoryRunStore();
    const { runId, approvalId } = await paused(store);
    const service = open(store, { agent: clerk(1) });
    await service.decide(approvalId, yes());
    // The body had begun: a person is told why it failed, and says whether it runs again.
    const { approvals } = await waitFor(service, runId, "awaiting_approval");
    expect(approvals[0]?.reason).toContain("Cannot use context.bank: it could not be saved");
    expect(approvals[0]?.reason).toContain("createContext() in the agents file");
    await service.close();
    const bank = new Bank();
    const createContext = () => ({ user: "nobody", bank });
    const mended = open(store, { agent: clerk(1), createContext });
    await mended.decide(approvals[0]?.approvalId as never, yesTyping(approvals[0]));
    await mended.resume(runId);
    await waitFor(mended, runId, "completed");
    expect(bank.paid).toEqual(["Ann"]);
  });

  it("makes the context of a run that a process without the agent started", async () => {
    const store = createMemoryRunStore();
    const desk = open(store);
    const runId = await desk.start({ input: "Pay.", agent: "Clerk", source: "code" });
    const bank = new Bank();
    const service = open(store, { agent: clerk(), createContext: () => ({ user: "Eve", bank }) });
    const { approvals } = await waitFor(service, runId, "awaiting_approval");
    await service.decide(approvals[0]?.approvalId as never, yes());
    await waitFor(service, runId, "completed");
    expect(bank.paid).toEqual(["Eve"]);
  });
});
