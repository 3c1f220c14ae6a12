import { runStatuses } from "../../engine/vocabulary.ts";
import type { Commands } from "../command.ts";
import { flag, oneOf, span, text, whole, word } from "../kinds.ts";
import { agent, agentsOptions, json, limit, runId, storeOptions } from "../options.ts";

const url = word("URL", "the URL of the store");

/** Commands for runs, and for the store that keeps them. */
export const keeping = {
  runs: {
    summary: "list runs, newest first",
    options: {
      status: oneOf("STATUS", runStatuses),
      limit: { ...limit, default: 100 },
      json,
      ...storeOptions,
    },
    example: "holdpoint runs --status awaiting_approval",
  },
  show: {
    summary: "tell what happened in a run; --journal entry by entry",
    words: { id: runId },
    options: {
      journal: flag("entry by entry"),
      json: flag("the lines as they are stored"),
      ...storeOptions,
    },
    example: "holdpoint show run_4KX",
  },
  resume: {
    summary: "go on with a run that stopped, here",
    words: { id: runId },
    options: { maxTurns: whole("how many turns it may take from now on"), ...agentsOptions },
    example: "holdpoint resume run_4KX --max-turns 20",
    exits: { 2: "it waits for a decision" },
  },
  cancel: {
    summary: "end a run",
    words: { id: runId },
    options: { reason: text("TEXT", "why, for the record"), ...storeOptions },
    example: 'holdpoint cancel run_4KX --reason "Asked twice"',
  },
  audit: {
    summary: "check that journals are as they were written, and that none is missing",
    words: { id: { ...runId, required: false } },
    options: {
      anchor: text(
        "FILE",
        "what is kept elsewhere of the store: read where it is there, and written when all fits",
      ),
      ...storeOptions,
    },
    example: "holdpoint audit --anchor /mnt/elsewhere/holdpoint.anchor",
    exits: { 1: "something does not fit, or it could not be looked at" },
  },
  export: {
    summary: "write a run's journal as JSON Lines, or its state for the OpenAI Agents SDK",
    words: { id: runId },
    options: {
      as: {
        ...oneOf("openai-js", ["openai-js"]),
        meaning: "the state of a run as @openai/agents reads it; there is none for Python yet",
      },
      agents: { ...agentsOptions.agents, with: "as" },
      ...storeOptions,
    },
    example: "holdpoint export run_4KX > run.jsonl",
  },
  import: {
    summary: "take in a run that the OpenAI Agents SDK interrupted",
    words: { file: word("FILE", "the file with the state") },
    options: {
      agent: { ...agent, meaning: "the agent that goes on with it" },
      withApprovals: flag("take its decisions too"),
      ...agentsOptions,
    },
    example: "holdpoint import state.json --agents agents.ts",
  },
  "store accept": {
    summary: "say that an older copy of the store is meant",
    options: storeOptions,
    exits: { 1: "it could not be done, or nobody said yes" },
  },
  "store release": {
    summary: "let a run go on that is on hold",
    words: { id: runId },
    options: storeOptions,
    example: "holdpoint store release run_4KX",
  },
  "store copy": {
    summary: "make a copy with an id of its own, so that neither is taken for an older other",
    words: { from: word("FROM", "the store to copy"), to: word("TO", "the file to make") },
    example: "holdpoint store copy runs.db copy.db",
  },
  "store migrate": {
    summary: "bring the tables of a PostgreSQL store up to date",
    words: { url },
    example: "holdpoint store migrate postgres://db.example/holdpoint",
  },
  "store check": {
    summary: "see what a PostgreSQL store can lose",
    words: { url },
    example: "holdpoint store check postgres://db.example/holdpoint",
    exits: { 1: "something can be lost, or it could not be looked at" },
  },
  prune: {
    summary: "remove finished runs",
    options: {
      olderThan: { ...span("how old: 30d, 12h, 2w"), required: true },
      untold: flag("also calls of a gateway whose outcome has reached nobody"),
      ...storeOptions,
    },
    example: "holdpoint prune --older-than 30d",
  },
} as const satisfies Commands;
