import { describe, expect, it } from "vitest";

import type { CommandLiteral } from "../../src/cli/command.ts";
import { commandHelp, describeUnknown } from "../../src/cli/help.ts";
import { commandNames, literals, namesUnder } from "../../src/cli/literals.ts";
import { flagName, usageOf } from "../../src/cli/usage.ts";

describe("the help of a command", () => {
  it.each(commandNames)("%s names each option that it takes, and says what it means", (name) => {
    const { options = {} }: CommandLiteral = literals[name];
    const help = commandHelp(name).split("\n");
    for (const [key, { meaning }] of Object.entries(options)) {
      const flag = flagName(key);
      expect(usageOf(name).match(/--[a-z-]+/g)).toContain(flag);
      const rows = help.filter((line) => line.startsWith(`  ${flag} `));
      expect(rows).toEqual([expect.stringContaining(meaning)]);
    }
  });

  it.each(commandNames)("%s says what each word after it means, and where it is listed", (name) => {
    const { words = {} }: CommandLiteral = literals[name];
    const help = commandHelp(name).split("\n");
    for (const { value = "", meaning, listedBy = "" } of Object.values(words)) {
      const rows = help.filter((line) => line.startsWith(`  ${value} `));
      expect(rows).toEqual([expect.stringContaining(meaning)]);
      expect(rows.join("")).toContain(listedBy);
    }
  });

  it.each(commandNames)("%s has an example of itself, with options that there are", (name) => {
    const [, example = ""] = /Example:\n {2}(.*)/.exec(commandHelp(name)) ?? [];
    const [, said = ""] = example.split(`holdpoint ${name.split(" ", 1).join("")}`);
    const known = namesUnder(name).flatMap((each) => usageOf(each).match(/--[a-z-]+/g) ?? []);
    expect(example).toContain("holdpoint ");
    expect(known).toEqual(expect.arrayContaining(said.match(/--[a-z-]+/g) ?? []));
  });

  it("shows what stands in the place of an option, what says more of it, and what it is else", () => {
    const usage = usageOf("approve");
    expect(usage).toContain(" ID [--yes] [--always | --for SPAN] [--times N] ");
    expect(usageOf("runs")).toContain(" [--json | --json=v1] [--config FILE | --no-config] ");
    expect(usageOf("prune")).toContain("prune --older-than SPAN [--untold]");
    expect(usageOf("export")).toContain(" [--as openai-js [--agents FILE]] ");
    expect(usageOf("audit")).toContain("audit [RUN] ");
    expect(commandHelp("worker")).toMatch(/--slots N +how many runs at once; default 16\n/);
  });
});

it("says what a word can be that only others begin with", () => {
  expect(describeUnknown("policy")).toBe("holdpoint: Say: holdpoint policy test FILE");
  expect(describeUnknown("stroe")).toContain("Did you mean store?");
});
