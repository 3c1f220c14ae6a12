import type { Commands } from "../command.ts";
import { flag, flagOr, seconds, text, whole, word } from "../kinds.ts";
import { agent, agentsOptions, port, session, source, storeOptions } from "../options.ts";

/** Commands that run agents, or serve them. */
export const serving = {
  serve: {
    summary: "serve MCP on stdin and stdout",
    options: {
      ...agentsOptions,
      store: { ...agentsOptions.store, value: "PATH|URL|memory" },
      source,
      maxWait: { ...seconds("the longest that a tool call waits"), default: 50 },
      notify: text(
        "COMMAND",
        "run this when something waits; it gets the approval as JSON on its standard input",
      ),
      inbox: flagOr("serve", {
        also: ["open"],
        meaning: "serve the page for decisions too; --inbox=open opens a browser when a call waits",
      }),
      port,
      noWork: flag("start runs, and let workers go on with them"),
    },
    example: "holdpoint serve --config ~/agents/holdpoint.json --inbox",
  },
  gateway: {
    summary:
      "offer the tools of the configured servers to the agent that starts this, each call through the rules",
    options: {
      ...storeOptions,
      hold: seconds("how long a call waits for a decision before it is answered with a ticket"),
    },
    example: 'claude mcp add gated -- npx holdpoint gateway --config "$PWD/holdpoint.json"',
  },
  worker: {
    summary: "go on with runs that others start and decide",
    options: {
      slots: { ...whole("how many runs at once", { most: 1_000 }), default: 16 },
      ...agentsOptions,
      store: { ...agentsOptions.store, value: "PATH|URL" },
      source,
    },
    example:
      "holdpoint worker --store postgres://db.example/holdpoint --agents agents.ts --source payments",
  },
  run: {
    summary: "run an agent here, asking at every pause",
    words: { prompt: word('"PROMPT"', "the prompt") },
    options: { agent, session, ...agentsOptions },
    example: 'holdpoint run "What is the temperature in Oakland?"',
    exits: { 2: "it waits for a decision" },
  },
  chat: {
    summary: "talk with an agent here; goes on where it was left",
    options: { session: { ...session, default: "chat" }, agent, ...agentsOptions },
    example: "holdpoint chat --session monday",
  },
} as const satisfies Commands;
