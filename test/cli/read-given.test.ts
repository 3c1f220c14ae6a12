import { describe, expect, it } from "vitest";

import type { CommandName } from "../../src/cli/literals.ts";
import { namedBy, readGiven } from "../../src/cli/read-given.ts";

const SPANS = "(m minutes, h hours, d days, w weeks)";

describe("what is said to a command", () => {
  it("is read as what it is, with what is usual where nothing is said", () => {
    const said = ["apr_1", "--for", "30d", "--times=3", "--arguments", '{"cents": 5}', "--yes"];
    expect(readGiven("approve", said)).toEqual({
      id: "apr_1",
      yes: true,
      always: false,
      for: 30 * 86_400_000,
      times: 3,
      arguments: { cents: 5 },
      typed: undefined,
      config: undefined,
      noConfig: false,
      store: undefined,
    });
    expect(readGiven("worker", [])).toMatchObject({ slots: 16, agents: undefined });
    expect(readGiven("disconnect", [])).toEqual({ hosts: [] });
    expect(readGiven("disconnect", ["cursor", "codex"])).toEqual({ hosts: ["cursor", "codex"] });
    expect(readGiven("store copy", ["copy", "a", "b"])).toEqual({ from: "a", to: "b" });
  });

  it.each([
    [[], undefined],
    [["--inbox"], "serve"],
    [["--inbox=open"], "open"],
  ])("%j is an inbox that is %s", (args, inbox) => {
    expect(readGiven("serve", args).inbox).toBe(inbox);
  });

  it.each<[CommandName, string[], string]>([
    ["export", ["a", "--agents", "agents.ts"], "--agents goes with --as"],
    ["approve", ["a", "--always", "--for", "1d"], "--always and --for exclude each other"],
    ["approve", ["a", "--for", "long"], `--for must be a span such as 30d ${SPANS}, not "long"`],
    ["approve", ["a", "--for", "1d", "--times", "0"], "--times must be a whole number above 0"],
    ["approve", ["a", "--arguments", "{"], "--arguments must be JSON: nothing was decided"],
    ["export", ["r", "--agents", "a.ts"], "--agents goes with --as"],
    ["export", ["r", "--as", "yaml"], '--as must be openai-js, not "yaml"'],
    ["inbox", ["--port", "70000"], '--port must be a whole number from 0 to 65535, not "70000"'],
    ["prune", [], "Say --older-than SPAN: how old: 30d, 12h, 2w"],
    ["runs", ["--status", "odd"], "--status must be one of running, "],
    ["runs", ["--json=v2"], "--json, or --json=v1: there is no --json=v2"],
    ["runs", ["--store"], "Option '--store <value>' argument missing\nUsage: holdpoint runs "],
    ["runs", ["--no-confg"], "Unknown option '--no-confg'. Did you mean --no-config?\nUsage: "],
    ["serve", ["--max-wait", "-0"], "Option '--max-wait' argument is ambiguous."],
    ["serve", ["--max-wait="], '--max-wait must be a number of seconds, not ""'],
    ["show", [], "Say which: the run's id is missing; holdpoint runs lists them"],
    [
      "store copy",
      ["copy", "a"],
      "Say which: the file to make is missing: holdpoint store copy FROM TO",
    ],
    ["cancel", ["a", "b"], 'I do not know what to do with "b"'],
    ["enrol", ["me"], 'I do not know what to do with "me"'],
  ])("%s %j is refused: %s", (name, args, message) => {
    expect(() => readGiven(name, args)).toThrow(message);
  });
});

it.each([
  [["grants"], "grants"],
  [["grants", "end", "grt_1"], "grants end"],
  [["grants", "--store", "end", "--json", "end", "grt_1"], "grants end"],
  [["grants", "--store", "end"], "grants"],
  [["policy", "--json=v1", "test", "cases.json"], "policy test"],
  [["store"], undefined],
  [["toString"], undefined],
])("%j is the command %s", (args, name) => {
  expect(namedBy(args)).toBe(name);
});
