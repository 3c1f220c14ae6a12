import { expect, it, vi } from "vitest";

import { foreignServer } from "../support/foreign-server.ts";
import { createGatewaySite } from "../support/gateway-site.ts";

const ADDRESS = "demo://resource/static/document/architecture.md";

async function open(policy: Record<string, unknown>[], paths?: unknown) {
  const { command, args, env } = foreignServer("everything", []);
  const more = { everything: { command, args, env, ...(paths === undefined ? {} : { paths }) } };
  const site = await createGatewaySite({ more, policy });
  const { client } = await site.open();
  await vi.waitFor(async () => expect((await client.listResources()).resources).not.toEqual([]), {
    timeout: 30_000,
  });
  return client;
}

it.each([
  [
    "denies",
    { verdict: "deny", server: "everything", reason: "not this one" },
    /denied by policy.*not this one/,
  ],
  [
    "would ask about",
    { verdict: "ask", server: "every*" },
    /nobody can be asked about resources\/read/,
  ],
  ["denies for paths of", { verdict: "deny", paths: { under: "./secret" } }, /denied by policy/],
  ["denies by name", { verdict: "deny", tool: "resources/*" }, /denied by policy/],
])("reads no resource of a server that a rule %s", async (_, rule, why) => {
  const client = await open([rule]);
  await expect(client.readResource({ uri: ADDRESS })).rejects.toThrow(why);
  await expect(client.readResource({ uri: "demo://resource/dynamic/text/1" })).rejects.toThrow(why);
});

it("gets no prompt, completion or news either where a rule denies the whole server", async () => {
  const client = await open([{ verdict: "deny", server: "everything" }]);
  await expect(client.getPrompt({ name: "simple-prompt" })).rejects.toThrow("denied by policy");
  await expect(client.subscribeResource({ uri: ADDRESS })).rejects.toThrow("denied by policy");
  const ref = { type: "ref/prompt", name: "completable-prompt" } as const;
  await expect(
    client.complete({ ref, argument: { name: "department", value: "E" } }),
  ).rejects.toThrow("denied by policy");
});

it.each([
  [
    "rules are about tools of it",
    [{ verdict: "deny", server: "everything", tool: "get-*" }],
    undefined,
  ],
  ["rules are about another", [{ verdict: "deny", server: "effects" }], undefined],
  [
    "its configuration says that they have no paths",
    [{ verdict: "deny", paths: { under: "./secret" } }],
    { tools: { "resources/*": [] } },
  ],
])("reads resources where %s", async (_, policy, paths) => {
  const client = await open(policy, paths);
  const { contents } = await client.readResource({ uri: ADDRESS });
  expect(contents).toHaveLength(1);
});
