import { expect, it } from "vitest";

import { asTyped, ownName } from "../../src/cli/own-name.ts";

const clone = {
  named: "/src/holdpoint/dist/cli/holdpoint.js",
  script: "/src/holdpoint/dist/cli/holdpoint.js",
  node: "/usr/bin/node",
  directory: "/home/u",
  env: {},
};
const installed = "/lib/node_modules/holdpoint/dist/cli/holdpoint.js";

it.each([
  ["by npx", { ...clone, env: { npm_command: "exec" } }, "npx holdpoint"],
  [
    "by the link of an installation for all",
    { ...clone, named: "/bin/holdpoint", script: installed },
    "holdpoint",
  ],
  [
    "by a link that a shell finds",
    {
      ...clone,
      named: "/opt/x/bin/holdpoint",
      script: installed,
      env: { PATH: "/bin:/opt/x/bin/" },
    },
    "holdpoint",
  ],
  [
    "by a link that no shell finds",
    { ...clone, named: "/opt/x/bin/holdpoint", script: installed, env: { PATH: "/bin:/usr/bin" } },
    "/opt/x/bin/holdpoint",
  ],
  [
    "by the file of an installation for all",
    { ...clone, named: installed, script: installed },
    "holdpoint",
  ],
  [
    "in a project that has it",
    {
      ...clone,
      named: "/p/node_modules/holdpoint/dist/cli/holdpoint.js",
      script: "/p/node_modules/holdpoint/dist/cli/holdpoint.js",
      directory: "/p/src",
    },
    "npx holdpoint",
  ],
  ["in a clone", clone, "/usr/bin/node /src/holdpoint/dist/cli/holdpoint.js"],
  [
    "in a clone with a space in its path",
    { ...clone, script: "/my src/holdpoint.js" },
    "/usr/bin/node '/my src/holdpoint.js'",
  ],
])("started %s it is named as it was started", (_how, started, name) => {
  expect(ownName(started)).toBe(name);
});

it("commands in a text of ours are named so, and nothing else", () => {
  expect(
    asTyped(
      "holdpoint: trust it with holdpoint trust, in ~/holdpoint trust; holdpoint is fine",
      "npx holdpoint",
    ),
  ).toBe("holdpoint: trust it with npx holdpoint trust, in ~/holdpoint trust; holdpoint is fine");
});
