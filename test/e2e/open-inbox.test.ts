import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { writePaymentsFile } from "../support/agent-files.ts";
import { ask } from "../support/inbox-client.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();

it.runIf(process.platform === "linux")(
  "the browser is opened for a call that waits for a person, by a file and not by its secret",
  async () => {
    const directory = await tempDirectory();
    const opened = join(directory, "opened");
    const bin = join(directory, "bin");
    await mkdir(bin);
    await writeFile(join(bin, "xdg-open"), `#!/bin/sh\necho "$@" >> '${opened}'\n`);
    await chmod(join(bin, "xdg-open"), 0o755);
    const payments = await writePaymentsFile(directory);
    const config = join(directory, "holdpoint.json");
    await writeFile(config, JSON.stringify({ approvers: { default: "person" } }));
    const store = join(directory, "runs.db");
    const server = await serve({
      args: ["--config", config, "--agents", payments.file, "--store", store, "--inbox=open"],
      env: { XDG_STATE_HOME: directory, PATH: `${bin}:${process.env["PATH"] ?? ""}` },
    });
    const { run_id } = await server.startPaused({ input: 'pay {"amount": 5}' });
    // It is told of in the same moment as the pause is stored.
    const argument = await until(() => readFile(opened, "utf8"));
    const files = argument.trim().split("\n");
    expect(files).toHaveLength(1);
    const page = await readFile(fileURLToPath(files[0] ?? ""), "utf8");
    const [, secret = "none"] = /name="token" value="([\w-]+)"/.exec(page) ?? [];
    const [, action = ""] = /action="([^"]+)"/.exec(page) ?? [];
    const told = JSON.stringify(await server.call("get_run", { run_id }));
    expect(argument + told + server.stderr()).not.toContain(secret);
    const { origin, pathname } = new URL(action);
    const headers = { origin: "null" };
    const body = `token=${secret}`;
    expect(await ask(origin, pathname, { method: "POST", body, headers })).toMatchObject({
      status: 303,
    });
  },
);

async function until(read: () => Promise<string>): Promise<string> {
  const signal = AbortSignal.timeout(15_000);
  for (;;) {
    const text = await read().catch(() => "");
    if (text !== "" || signal.aborted) return text;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
