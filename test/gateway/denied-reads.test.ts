import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, it } from "vitest";

import { createDeniedReads } from "../../src/gateway/denied-reads.ts";
import type { PolicyRule } from "../../src/policy/policy.ts";
import { createPathResolver } from "../../src/policy/real-path.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

function deniedOf(rules: PolicyRule[], params: Record<string, string>, method = "resources/read") {
  const denied = createDeniedReads(rules, createPathResolver("/"));
  return denied({ agent: "claude-code", server: "docs", method, params });
}

describe("what servers have besides tools", () => {
  it.each<[string, PolicyRule, string | undefined]>([
    [
      "is denied with its server, and says the rule's reason",
      { verdict: "deny", server: "docs", reason: "nothing of it" },
      'A rule denies resources/read of server "docs": nothing of it',
    ],
    ["is left where another server is denied", { verdict: "deny", server: "mail" }, undefined],
    ["is left where a tool is denied", { verdict: "deny", tool: "read_*" }, undefined],
    ["is left where a rule asks: it is reading", { verdict: "ask", server: "docs" }, undefined],
    [
      "is denied by its method",
      { verdict: "deny", tool: "resources/*" },
      'A rule denies resources/read of server "docs"',
    ],
    [
      "is denied to an agent",
      { verdict: "deny", agent: "claude-*", server: "*" },
      'A rule denies resources/read of server "docs"',
    ],
    [
      "is no path where its address is none of a file",
      { verdict: "deny", paths: { under: "/" } },
      undefined,
    ],
  ])("%s", (_name, rule, refusal) => {
    expect(deniedOf([rule], { uri: "docs://one" })).toBe(refusal);
  });

  it.each([
    (path: string) => pathToFileURL(path).href,
    (path: string) => `FILE://${path}`,
    (path: string) => `file:${path}`,
    (path: string) => ` file://${path.replace("secret", "%73ecret")}`,
    (path: string) => `file://${path.replace("/secret/", "/open/../secret/")}`,
    (path: string) => `file://${path.replace("/secret/", "/open/link/")}`,
    (path: string) => `file://elsewhere${path}`,
  ])("is judged by the file that its address leads to", async (spell) => {
    const directory = await tempDirectory();
    for (const folder of ["secret", "open"]) mkdirSync(join(directory, folder));
    writeFileSync(join(directory, "secret/key"), "k");
    symlinkSync(join(directory, "secret"), join(directory, "open/link"));
    const uri = spell(join(directory, "secret/key"));
    const under = join(directory, "secret");
    const rules: PolicyRule[][] = [
      [{ verdict: "deny", paths: { under } }],
      [{ verdict: "deny", arguments: { path: { under } } }],
    ];
    for (const rule of rules) expect(deniedOf(rule, { uri })).toContain("A rule denies");
    const other = pathToFileURL(join(directory, "open/notes")).href;
    for (const rule of rules) expect(deniedOf(rule, { uri: other })).toBeUndefined();
  });
});
