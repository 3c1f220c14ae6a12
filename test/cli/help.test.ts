import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { optionsIn, verbHelp } from "../../src/cli/help.ts";
import { verbs } from "../../src/cli/verbs.ts";

const commands = join(import.meta.dirname, "../../src/cli/commands");
const shared: Readonly<Record<string, string[]>> = {
  configOptions: ["config", "no-config"],
  storeOption: ["store", "config", "no-config"],
  agentsOptions: ["store", "config", "no-config", "agents"],
};

/** The options that the file of a command parses. */
function parsedBy(name: string): string[] {
  const text = readFileSync(join(commands, `${name}.ts`), "utf8");
  const own = [...text.matchAll(/"?([a-z-]+)"?: \{ type: "(?:string|boolean)" \}/g)];
  const lists = Object.keys(shared).filter((list) =>
    new RegExp(`(?:\\.\\.\\.|options: |\\(rest, |\\(args, )${list}\\b`).test(text),
  );
  const json = text.includes("takeJsonForm(args)") ? ["json"] : [];
  return [
    ...new Set([
      ...own.map(([, option = ""]) => option),
      ...lists.flatMap((list) => shared[list] ?? []),
      ...json,
    ]),
  ];
}

describe("the help of a verb", () => {
  const names = Object.keys(verbs).filter((name) => name !== "store");

  it.each(names)("%s names the options that it takes, and says what each means", (name) => {
    const { usage = "" } = verbs[name] ?? {};
    const named = optionsIn(usage).map((option) => option.name);
    expect(named.toSorted()).toEqual(parsedBy(name).toSorted());
  });

  it.each(Object.entries(verbs))("%s has a word for everything, and an example", (name, verb) => {
    expect(verbHelp(verb)).not.toContain("no word of it yet");
    expect(verb.example).toContain(`holdpoint ${name}`);
    const known = optionsIn(verb.usage).map((option) => option.name);
    const used = [...verb.example.matchAll(/ --([a-z-]+)/g)].map(([, option]) => option);
    // What comes before is another program's.
    if (name !== "gateway") expect(known).toEqual(expect.arrayContaining(used));
    expect(known).toEqual(expect.arrayContaining(Object.keys(verb.words ?? {})));
  });
});
