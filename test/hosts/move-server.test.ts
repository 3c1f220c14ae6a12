import { describe, expect, it } from "vitest";

import { moveServer } from "../../src/hosts/move-server.ts";

describe("a server that moves", () => {
  it("leaves its secrets with the host, and names them", () => {
    const server = {
      command: "npx",
      args: ["-y", "tracker", "--api-key", "k-123456", "--token=t-123456", "9f8e7d6c5b4a39281706"],
      env: { TRACKER_TOKEN: "trk_1", LOG_LEVEL: "debug", BASE: "${HOME}/x" },
    };
    expect(moveServer("tracker", server, {})).toEqual({
      server: {
        command: "npx",
        args: [
          "-y",
          "tracker",
          "--api-key",
          "${API_KEY:-}",
          "--token=${TOKEN:-}",
          "${TRACKER_TOKEN_2:-}",
        ],
        env: { TRACKER_TOKEN: "${TRACKER_TOKEN:-}", LOG_LEVEL: "debug", BASE: "${HOME:-}/x" },
      },
      given: {
        API_KEY: "k-123456",
        TOKEN: "t-123456",
        TRACKER_TOKEN: "trk_1",
        TRACKER_TOKEN_2: "9f8e7d6c5b4a39281706",
      },
    });
  });

  it("keeps the word before a secret in a header", () => {
    const server = {
      url: "https://x.example/mcp",
      headers: { Authorization: "Bearer abc", "X-Org": "7" },
    };
    expect(moveServer("x", server, {})).toEqual({
      server: { ...server, headers: { Authorization: "Bearer ${AUTHORIZATION:-}", "X-Org": "7" } },
      given: { AUTHORIZATION: "abc" },
    });
  });

  it("takes another name where a secret of that name has another value", () => {
    const server = { command: "x", env: { TOKEN: "two" } };
    expect(moveServer("mail", server, { TOKEN: "one" })).toMatchObject({
      given: { MAIL_TOKEN: "two" },
    });
    expect(moveServer("mail", server, { TOKEN: "two" })).toMatchObject({ given: { TOKEN: "two" } });
  });

  it("has Codex's headers as others have them", () => {
    const server = {
      url: "https://x.example/mcp",
      bearer_token_env_var: "X_TOKEN",
      http_headers: { "X-Org": "7" },
      tool_timeout_sec: 60,
    };
    expect(moveServer("x", server, {})).toEqual({
      server: {
        url: "https://x.example/mcp",
        headers: { "X-Org": "7", Authorization: "Bearer ${X_TOKEN:-}" },
      },
      given: {},
    });
  });

  it("goes on being asked for by VS Code what VS Code asks for", () => {
    const server = { command: "x", env: { KEY: "${input:api-key}" } };
    expect(moveServer("x", server, {})).toEqual({
      server: { command: "x", env: { KEY: "${API_KEY:-}" } },
      given: { API_KEY: "${input:api-key}" },
    });
  });

  it("takes variables of the host's environment, in each way of writing them, where they are set", () => {
    const server = { command: "x", env: { A: "${env:SHOP}", B: "${SHOP_ID}" } };
    expect(moveServer("x", server, {})).toEqual({
      server: { command: "x", env: { A: "${SHOP:-}", B: "${SHOP_ID:-}" } },
      given: {},
    });
  });

  it.each([
    [
      { type: "sse", url: "https://x.example/sse" },
      "which Holdpoint does not speak: many such servers have an address for streamable HTTP",
    ],
    [
      { command: "x", args: ["${workspaceFolder}/s.js"] },
      "which Holdpoint cannot know: write the folder's path, and connect again",
    ],
    [{}, "neither a command nor an address"],
  ])("%j stays, and why is said", (server, why) => {
    expect(moveServer("x", server, {})).toEqual({ stays: expect.stringContaining(why) });
  });
});
