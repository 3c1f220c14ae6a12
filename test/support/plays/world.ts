import type { ModelRequest } from "../../../src/agents/model.ts";

/** What happened outside. */
export interface WorldLog {
  /** Arguments of every time a tool's body ran, by path and call id. */
  readonly effects: Map<string, string[]>;
  /** What models were asked, by run, agent and turn. */
  readonly requests: Map<string, string[]>;
}

/** What lies outside every process of a play, and stays when one of them is stopped. */
export interface World extends WorldLog {
  /** What happened so far. */
  snapshot(): WorldLog;
  /** Lets other work go first, as long as the script says. */
  delay(): Promise<void>;
  ran(place: string, args: unknown): void;
  asked(place: string, request: ModelRequest): void;
}

const MOST_REPETITIONS = 20;

/** @param past what happened before, which is not changed */
export function createWorld(delays: readonly number[], past?: WorldLog): World {
  const effects = new Map(past?.effects);
  const requests = new Map(past?.requests);
  let delayed = 0;
  const note = (log: Map<string, string[]>, place: string, value: unknown): void => {
    const before = log.get(place) ?? [];
    if (before.length >= MOST_REPETITIONS) throw new Error(`There is no end to ${place}`);
    log.set(place, [...before, JSON.stringify(value)]);
  };
  return {
    effects,
    requests,
    snapshot: () => ({ effects: new Map(effects), requests: new Map(requests) }),
    async delay() {
      const turns = delays[delayed % delays.length] ?? 0;
      delayed += 1;
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    },
    ran: (place, args) => note(effects, place, args),
    asked(place, request) {
      const { signal: _signal, tools, handoffs, ...seen } = request;
      const offered = [tools.map(({ name }) => name), handoffs.map(({ toolName }) => toolName)];
      note(requests, place, { ...seen, offered });
    },
  };
}
