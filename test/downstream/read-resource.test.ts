import { realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { describe, expect, it } from "vitest";

import { run } from "../../src/agents/face/run.ts";
import type { PolicyRule } from "../../src/policy/policy.ts";
import { useBorrowed, type Borrowed, type Wanted } from "../support/borrowed.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const borrow = useBorrowed();
const LINK = "demo://resource/dynamic/text/1";

function borrowEverything(
  rules: PolicyRule[] = [],
  { trusted = true, folder }: { trusted?: boolean; folder?: string } = {},
): Borrowed {
  const server = { ...foreignServer("everything"), trusted };
  return borrow({ servers: { every: server }, rules, ...(folder === undefined ? {} : { folder }) });
}

const read = (uri: string): Wanted => [["every__read_resource", { uri }]];

/** How many were asked about, and what the model was told of its last call. */
async function outcomeOf(borrowed: Borrowed, wanted: Wanted): Promise<[number, string]> {
  const { agent, model } = borrowed.agent(wanted);
  const { interruptions } = await run(agent, "go");
  return [interruptions.length, JSON.stringify(model.requests.at(-1)?.input.at(-1))];
}

describe("a resource that a result links to", () => {
  it("can be read by the model", async () => {
    const borrowed = borrowEverything();
    const link: Wanted = [["every__get-resource-links", { count: 2 }], ...read(LINK)];
    const [asked, told] = await outcomeOf(borrowed, link);
    expect(asked).toBe(0);
    expect(told).toContain(LINK);
    expect(told).toContain("plaintext resource");
  });

  it("is asked about where its server is not trusted, and read after a yes", async () => {
    const borrowed = borrowEverything([], { trusted: false });
    const { agent, model } = borrowed.agent(read(LINK));
    const { state, interruptions } = await run(agent, "go");
    expect(interruptions).toHaveLength(1);
    for (const item of interruptions) state.approve(item);
    await run(agent, state);
    expect(JSON.stringify(model.requests.at(-1)?.input.at(-1))).toContain("plaintext resource");
  });

  it("is not read where a rule denies it by the method's name", async () => {
    const deny: PolicyRule = {
      verdict: "deny",
      server: "every",
      tool: "resources/read",
      reason: "no resources here",
    };
    const [asked, told] = await outcomeOf(borrowEverything([deny]), read(LINK));
    expect(asked).toBe(0);
    expect(told).toContain("no resources here");
  });

  it("is not read where a rule denies it by the name of the tool", async () => {
    const deny: PolicyRule = { verdict: "deny", tool: "read_resource", reason: "not this one" };
    expect((await outcomeOf(borrowEverything([deny]), read(LINK)))[1]).toContain("not this one");
  });

  it("is asked about where a rule asks, though its server is trusted", async () => {
    const ask: PolicyRule = { verdict: "ask", server: "every", tool: "read_*" };
    expect((await outcomeOf(borrowEverything([ask]), read(LINK)))[0]).toBe(1);
  });

  it("is not read where it is a file that a rule of paths denies", async () => {
    const folder = await realpath(await tempDirectory());
    await writeFile(join(folder, "key.pem"), "private");
    const deny: PolicyRule = {
      verdict: "deny",
      arguments: { path: { under: folder } },
      reason: "keys stay where they are",
    };
    const borrowed = borrowEverything([deny], { folder });
    const file = pathToFileURL(join(folder, "key.pem")).href;
    expect((await outcomeOf(borrowed, read(file)))[1]).toContain("keys stay where they are");
    expect((await outcomeOf(borrowed, read(LINK)))[1]).toContain("plaintext resource");
  });

  it("is told of where it is not there", async () => {
    const [, told] = await outcomeOf(borrowEverything(), read("demo://nothing"));
    expect(told).toContain("The resource could not be read: ");
    expect(told).toContain("demo://nothing");
  });
});

it("a server without resources has no such tool", async () => {
  const root = await realpath(await tempDirectory());
  const borrowed = borrow({
    servers: { files: foreignServer("filesystem", [root]) },
    folder: root,
  });
  await borrowed.source.survey();
  const names = borrowed.provider.tools().map(({ name }) => name);
  expect(names).toContain("files__read_text_file");
  expect(names).not.toContain("files__read_resource");
});
