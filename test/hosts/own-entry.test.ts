import { expect, it } from "vitest";

import { ownCommand, ownEntry } from "../../src/hosts/own-entry.ts";

it.each([
  ["linux", "/usr/lib/node_modules/holdpoint/dist/cli/holdpoint.js", "/usr/bin/node"],
  [
    "win32",
    String.raw`C:\src\holdpoint\dist\cli\holdpoint.js`,
    String.raw`C:\Program Files\nodejs\node.exe`,
  ],
] as const)("on %s a host starts what runs now, by its path", (platform, script, node) => {
  expect(ownCommand({ platform, node, script, version: "1.0.0" })).toEqual([node, script]);
});

it.each([
  ["darwin", "/Users/u/.npm/_npx/7c1/node_modules/holdpoint/dist/cli/holdpoint.js", ["npx"]],
  [
    "win32",
    String.raw`C:\Users\u\AppData\Local\npm-cache\_npx\7c1\node_modules\holdpoint\dist\cli\holdpoint.js`,
    ["cmd", "/c", "npx"],
  ],
] as const)("on %s what npx unpacked is started by npx again", (platform, script, words) => {
  expect(ownCommand({ platform, node: "node", script, version: "1.0.0" })).toEqual([
    ...words,
    "-y",
    "holdpoint@1.0.0",
  ]);
});

it("the entry starts the gateway, and has the values that its servers need", () => {
  const start = { platform: "linux", node: "/n", script: "/h.js", version: "1.0.0" } as const;
  expect(ownEntry(start, { config: "/c.json", given: { A_TOKEN: "t" }, type: true })).toEqual({
    type: "stdio",
    command: "/n",
    args: ["/h.js", "gateway", "--config", "/c.json"],
    env: { A_TOKEN: "t" },
  });
});
