import type { ApprovalId, RunId } from "../lib/ids.ts";
import { flag, flagOr, text, whole, word } from "./kinds.ts";

/** Which configuration counts. */
export const configOptions = {
  config: text("FILE", "a configuration; default holdpoint.json here, once it is trusted"),
  noConfig: { ...flag("no configuration, whatever lies in this directory"), or: "config" },
} as const;

const store = text(
  "PATH",
  "where the runs are: a file, memory, or postgres://...; default in the state directory",
);
/** Which store is looked at. */
export const storeOptions = { ...configOptions, store } as const;
/** Which agents run, and where. */
export const agentsOptions = {
  ...configOptions,
  agents: text(
    "FILE",
    "a TypeScript or JavaScript module whose default export is an agent, or a list of them",
  ),
  store,
} as const;

// What more than one command takes.
export const agent = text("NAME", "the agent that runs; default the first");
export const session = text("NAME", "the conversation's name");
export const json = flagOr("snake", {
  also: ["v1"],
  meaning: "for programs, a JSON text a line, names as in MCP; =v1 has the names of version 0.1",
});
export const limit = whole("how many at most; what is left out is said");
export const port = whole("the port of the page on 127.0.0.1; default a free one", {
  least: 0,
  most: 65_535,
});
export const source = text(
  "NAME",
  "a name for where the agents come from, the same on every machine",
);
export const trust = text(
  "NAMES",
  "servers to believe where they call a tool read-only, with commas between",
);
export const yes = flag("do not ask");

export const approvalId = {
  ...word("ID", "the approval's id"),
  listedBy: "holdpoint approvals lists what waits",
  read: (given: string) => given as ApprovalId,
} as const;
export const runId = {
  ...word("RUN", "the run's id"),
  listedBy: "holdpoint runs lists them",
  read: (given: string) => given as RunId,
} as const;
