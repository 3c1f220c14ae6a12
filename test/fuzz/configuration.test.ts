import { writeFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";

import { configuredStore, loadConfig } from "../../src/config/load-config.ts";
import { HoldpointError } from "../../src/lib/errors.ts";
import {
  changeText,
  changeValue,
  fuzzOptions,
  fuzzTimeout,
  textChanges,
  valueChanges,
} from "../support/fuzz.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const CANARY = "canary-83f1";
const whole = {
  store: "./runs.db",
  mcpServers: {
    files: {
      command: "node",
      args: ["server.js", "--key", CANARY],
      env: { KEY: CANARY, OTHER: "${OTHER:-none}" },
      trusted: true,
      paths: {
        base: "notes",
        tools: { "read_*": ["$.path"], move: [{ at: "$.from", itself: true }] },
      },
    },
    far: { url: "http://127.0.0.1:1/mcp", headers: { Authorization: `Bearer ${CANARY}` } },
  },
  agents: [
    { name: "clerk", instructions: "Be nice.", tools: ["files/*"], handoffs: ["boss"] },
    { name: "boss", instructions: "Be firm.", model: "offline" },
  ],
  policy: [
    { verdict: "allow", server: "files", tool: "read_*" },
    {
      verdict: "deny",
      arguments: { path: { under: "./private", path: "**/*.pem" } },
      reason: "private",
    },
    {
      verdict: "ask",
      tool: "pay",
      arguments: { amount: { min: 100 }, to: { matches: "^[a-z]+$" } },
      approver: "person",
    },
  ],
};

describe("any configuration", fuzzTimeout, () => {
  const tempDirectory = useTempDirectory();
  let file = "";
  beforeEach(async () => {
    file = join(await tempDirectory(), "holdpoint.json");
  });

  const check = (text: string): void => {
    writeFileSync(file, text);
    for (const read of [
      () => loadConfig(file, { env: {} }),
      () => configuredStore(file, { env: {} }),
    ]) {
      try {
        read();
      } catch (error) {
        expect(error).toBeInstanceOf(HoldpointError);
        expect((error as HoldpointError).code).toBe("config_invalid");
        // What is said of a name names it.
        if (!isNamed(text)) expect((error as HoldpointError).message).not.toContain(CANARY);
      }
    }
  };

  /** Whether a secret was put where names stand. */
  const isNamed = (text: string): boolean => {
    try {
      const { agents, policy } = JSON.parse(text) as Record<string, unknown>;
      return JSON.stringify({ agents, policy }).includes(CANARY);
    } catch {
      return false;
    }
  };

  // It is taken, or refused in words that say what is wrong in it; nothing else is thrown, and no
  // value of it is in the words.
  it("is taken, or refused in words without its values, whatever its text", () => {
    const text = JSON.stringify(whole, undefined, 2);
    const changed = textChanges.map((changes) => changeText(text, changes));
    fc.assert(fc.property(changed, check), fuzzOptions(60));
  });

  it("is taken, or refused in words without its values, whatever its members", () => {
    const changed = valueChanges.map((changes) => JSON.stringify(changeValue(whole, changes)));
    fc.assert(fc.property(changed, check), fuzzOptions(60));
  });

  it("is one that is taken, before it is changed", () => {
    writeFileSync(file, JSON.stringify(whole));
    expect(loadConfig(file, { env: {} }).policy).toHaveLength(3);
  });
});
