import { hostIds } from "../../hosts/host-files.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { nearest } from "../../lib/nearest.ts";
import type { Commands } from "../command.ts";
import { flag, text, word } from "../kinds.ts";
import { agentsOptions, configOptions, json, storeOptions, trust } from "../options.ts";

const hosts = {
  value: hostIds.map((id) => `[${id}]`).join(" "),
  meaning: "hosts; all that are here where none is named",
  many: true,
  read(given: string) {
    const id = hostIds.find((each) => each === given);
    if (id !== undefined) return id;
    const meant = nearest(given, hostIds);
    const hint =
      meant === undefined ? `: there are ${hostIds.join(", ")}` : `. Did you mean ${meant}?`;
    throw new HoldpointError("invalid_input", `There is no host "${given}"${hint}`);
  },
} as const;

/** Commands to set things up, and to look whether they work. */
export const settingUp = {
  init: {
    summary: "write a starter configuration; --from takes the servers of a host's file",
    options: {
      yes: flag("write it without asking; then no server is believed but those of --trust"),
      from: text(
        "FILE",
        "a file of a host with its servers, such as claude_desktop_config.json or config.toml",
      ),
      trust,
      config: text("FILE", "the file to write; default holdpoint.json here"),
    },
    example: "holdpoint init --from claude_desktop_config.json",
    exits: { 1: "nothing was written" },
  },
  connect: {
    summary:
      "move the servers of your hosts behind the gateway; without a name, of all that are here",
    words: { hosts },
    options: {
      dryRun: flag("show what would be done, and change nothing"),
      trust,
      yes: flag("do not ask; then no server is believed but those of --trust"),
    },
    example: "holdpoint connect claude-desktop cursor --dry-run",
    exits: { 1: "nothing was changed" },
  },
  disconnect: {
    summary: "put the servers of your hosts back where they were",
    words: { hosts },
    example: "holdpoint disconnect cursor",
    exits: { 1: "the file of a host has changed so that its place is not found" },
  },
  trust: {
    summary: "let the configuration of this directory count, as it stands",
    options: { config: text("FILE", "the file to trust; default holdpoint.json here") },
    exits: { 1: "nothing was trusted" },
  },
  enrol: {
    summary: "set a PIN that is asked for where a person must decide",
  },
  check: {
    summary: "start the configured servers and show which tools are free, asked about, or denied",
    options: { json, ...agentsOptions },
    example: "holdpoint check --config holdpoint.json",
    exits: { 1: "a server or a path declaration does not work, or the configuration is wrong" },
  },
  doctor: {
    summary:
      "look at Node, store, configuration, keys, models, servers and hosts, and say what to do",
    options: { call: flag("ask each model once, which may cost money"), json, ...storeOptions },
    example: "holdpoint doctor --call",
    exits: { 1: "something is broken" },
  },
  "policy test": {
    summary: "judge a table of calls, and compare with the verdicts it expects",
    words: { file: word("FILE", "the file with the cases") },
    options: { json, ...configOptions },
    example: "holdpoint policy test cases.json",
    exits: { 1: "a verdict is not as expected, or a file is wrong" },
  },
  demo: {
    summary: "watch a run pause, survive a kill, and finish",
    options: { ask: flag("you decide") },
    example: "holdpoint demo --ask",
  },
} as const satisfies Commands;
