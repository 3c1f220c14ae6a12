import { describe, expect, it } from "vitest";

import { createRedactor } from "../../src/downstream/secrets.ts";
import type { ServerSpec } from "../../src/downstream/server-spec.ts";
import { createFickle, useBorrowed } from "../support/borrowed.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

describe("secrets", () => {
  it.each<[string, ServerSpec, string]>([
    ["a key in env", { command: "x", env: { API_KEY: "abc def" } }, "abc def"],
    [
      "what looks like one",
      { command: "x", env: { CONFIG: "a1b2c3d4e5f6g7h8" } },
      "a1b2c3d4e5f6g7h8",
    ],
    ["a header", { url: "http://x", headers: { "X-Who": "it is me" } }, "it is me"],
    [
      "a bearer's token",
      { url: "http://x", headers: { Authorization: "Bearer abcdef" } },
      "abcdef",
    ],
    ["a part of the address", { url: "http://x/?token=abcdef" }, "abcdef"],
    ["the value of an option", { command: "x", args: ["--api-key", "abcdef"] }, "abcdef"],
    ["the value of a setting", { command: "x", args: ["--token=abcdef"] }, "abcdef"],
    [
      "the password of an address in env",
      { command: "x", env: { DATABASE_URL: "postgres://ada:hunter%2F22@db/x" } },
      "hunter/22",
    ],
    ["that of one in an argument", { command: "x", args: ["redis://:hunter22@h/0"] }, "hunter22"],
    ["that of a setting", { command: "x", args: ["--db=mysql://a:hunter22@h/0"] }, "hunter22"],
    [
      "a key in the place of its user",
      { command: "x", env: { REMOTE: "https://ghp0abcdefgh12345678@git.example/x" } },
      "ghp0abcdefgh12345678",
    ],
    [
      "what an argument hides",
      { command: "x", args: ["sk-abcdefgh12345678"] },
      "sk-abcdefgh12345678",
    ],
  ])("are taken out: %s", (_name, spec, secret) => {
    const clean = createRedactor(spec)(`before ${secret} and ${encodeURIComponent(secret)} after`);
    expect(clean).toBe("before [redacted] and [redacted] after");
  });

  it.each<[string, ServerSpec, string]>([
    [
      "a path",
      { command: "x", env: { FILE: "/home/a1/notes/memory.json" } },
      "/home/a1/notes/memory.json",
    ],
    ["a word", { command: "x", env: { NODE_ENV: "production" } }, "production"],
    ["a short one", { command: "x", env: { PASS: "1" } }, "1"],
    [
      "a package",
      { command: "npx", args: ["@scope/server-2026@1.2.3"] },
      "@scope/server-2026@1.2.3",
    ],
  ])("are not taken for one: %s", (_name, spec, value) => {
    expect(createRedactor(spec)(`before ${value} after`)).toBe(`before ${value} after`);
  });
});

describe("a tool whose name tells a secret of its server", () => {
  const tempDirectory = useTempDirectory();
  const borrow = useBorrowed();

  it("is not offered, and not named in the log", async () => {
    const fickle = await createFickle(await tempDirectory());
    const act = { name: "act", description: "Acts." };
    await fickle.set({ tools: [act, { ...act, name: "act_hunter22" }] });
    const spec = { ...fickle.spec, env: { API_KEY: "hunter22" } };
    const { source, log } = borrow({ servers: { fickle: spec } });
    const [server] = await source.survey();
    expect(server?.tools.map(({ definition }) => definition.name)).toEqual(["act"]);
    expect(log.join("\n")).toContain("left out 1 of its tools");
    expect(log.join("\n")).not.toContain("hunter22");
  });
});
