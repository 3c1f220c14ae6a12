import { describe, expect, it } from "vitest";

import { withEnvFile, type EnvFiles } from "../../src/hosts/env-file.ts";

const texts: Record<string, string> = {
  "/home/ada/shop.env": [
    "# of the shop",
    "SHOP_TOKEN='t 1'",
    "export LEVEL=debug",
    'LINES="a\\nb"',
    "EMPTY=",
  ].join("\n"),
  "/home/ada/other.env": "BASE=${HOME}/x",
  "C:\\Users\\ada\\shop.env": "SHOP_TOKEN=t1",
};

function files(platform: NodeJS.Platform = "linux"): EnvFiles {
  const home = platform === "win32" ? "C:\\Users\\ada" : "/home/ada";
  return {
    platform,
    home,
    env: { PLACE: home },
    read(file) {
      const text = texts[file];
      if (text !== undefined) return text;
      throw Object.assign(new Error("no"), { code: file.includes("closed") ? "EACCES" : "ENOENT" });
    },
  };
}

describe("a server with a file for its environment", () => {
  it.each(["/home/ada/shop.env", "~/shop.env", "${userHome}/shop.env", "${env:PLACE}/shop.env"])(
    "has what is in %s, and what stands beside it over that",
    (envFile) => {
      const server = { command: "shop", envFile, env: { LEVEL: "info" } };
      expect(withEnvFile(server, files())).toEqual({
        server: {
          command: "shop",
          env: { SHOP_TOKEN: "t 1", LEVEL: "info", LINES: "a\nb", EMPTY: "" },
        },
      });
    },
  );

  it("has it on Windows as well", () => {
    const server = { command: "shop", envFile: "${userHome}\\shop.env" };
    expect(withEnvFile(server, files("win32"))).toEqual({
      server: { command: "shop", env: { SHOP_TOKEN: "t1" } },
    });
  });

  it.each([
    [".env", "in a file without a whole path, .env: write its whole path"],
    ["/home/ada/none.env", "/home/ada/none.env, that is not there: write its whole path"],
    ["/home/ada/closed.env", "/home/ada/closed.env, that cannot be read: write"],
    ["/home/ada/other.env", 'whose BASE has a "${", which stands for something here'],
  ])("stays with the host where it is %s, and why is said", (envFile, why) => {
    expect(withEnvFile({ command: "shop", envFile }, files())).toEqual({
      stays: expect.stringContaining(why),
    });
  });

  it("is told of the host's folder as others are", () => {
    const server = { command: "shop", envFile: "${workspaceFolder}/.env" };
    expect(withEnvFile(server, files())).toEqual({ server });
  });
});
