import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { writePaymentsFile } from "../support/agent-files.ts";
import { useCommands } from "../support/command.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();
const start = useCommands();

/** A server whose calls only a person outside of the conversation decides. */
async function openServer(store: string, further: readonly string[] = []) {
  const directory = await tempDirectory();
  const { file } = await writePaymentsFile(directory);
  const config = join(directory, "holdpoint.json");
  await writeFile(config, JSON.stringify({ approvers: { default: "person" } }));
  const env = { XDG_STATE_HOME: join(directory, "state") };
  const path = store === "memory" ? store : join(directory, store);
  const args = ["--config", config, "--agents", file, "--store", path, ...further];
  const server = await serve({ args, env });
  const { run_id } = await server.startPaused({ input: 'pay {"amount": 5}' });
  const told = async (): Promise<string> => {
    const run = await server.call("get_run", { run_id });
    const [approval] = run["pending_approvals"] as { how_to_approve?: string }[];
    return `${approval?.how_to_approve ?? ""}\n${String(run["next"])}`;
  };
  return { server, run_id, told, env, path };
}

const command = /npx|node |holdpoint (?:approve|inbox|serve|decide)/;

describe("a model whose call a person decides", () => {
  it("is told of the inbox that this server has, and of no command", async () => {
    const { server, told } = await openServer("runs.db", ["--inbox"]);
    const [, url = "none"] = /the inbox is at (\S+):/.exec(server.stderr()) ?? [];
    expect(await told()).toContain(`they decide in the inbox at ${url} or on a terminal`);
    expect(await told()).not.toMatch(command);
  });

  it("is told of an inbox that another process of the same store has, while it has one", async () => {
    const { told, env, path } = await openServer("runs.db");
    expect(await told()).toContain(
      "they decide in Holdpoint's inbox or on a terminal of their own",
    );
    const inbox = start(["inbox", "--store", path], { env });
    await inbox.printed("Ctrl+C ends it.");
    const [, origin = "none"] = /(http:\/\/[\w.:]+\/)/.exec(inbox.stdout()) ?? [];
    await expect.poll(told, { timeout: 10_000 }).toContain(`in the inbox at ${origin} or`);
    expect(await told()).not.toMatch(command);
    inbox.kill("SIGTERM");
    await inbox.ended;
    await expect.poll(told, { timeout: 10_000 }).not.toContain(origin);
  });

  it("is told of no terminal where the store is in memory: none could reach it", async () => {
    const { told } = await openServer("memory");
    expect(await told()).toContain(
      "they decide nowhere but in the inbox of this server, which was started without one",
    );
    const withInbox = await openServer("memory", ["--inbox"]);
    expect(await withInbox.told()).toMatch(/they decide in the inbox at http:\/\/[\w.:]+\/\./);
    expect(await told()).toContain("which was started without one");
  });
});
