import { chmod, mkdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { enrol } from "../../src/cli/pin.ts";
import { writePaymentsFile } from "../support/agent-files.ts";
import { browserPath, useBrowser } from "../support/browser.ts";
import { ask } from "../support/inbox-client.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();
const openPage = useBrowser();

it.runIf(process.platform === "linux")(
  "the browser is opened for a call that waits for a person, by a file and not by its secret",
  async () => {
    const { directory, env, opened } = await createFolder();
    const payments = await writePaymentsFile(directory);
    const config = join(directory, "holdpoint.json");
    await writeFile(config, JSON.stringify({ approvers: { default: "person" } }));
    const store = join(directory, "runs.db");
    const server = await serve({
      args: ["--config", config, "--agents", payments.file, "--store", store, "--inbox=open"],
      env,
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
      status: 200,
    });
  },
);

it.runIf(process.platform === "linux")(
  "the browser is opened where a found configuration waits for trust, and trusts what it shows",
  async () => {
    const { cwd, env, opened } = await createFolder();
    const file = join(cwd, "holdpoint.json");
    await writeFile(file, JSON.stringify({ agents: [{ name: "Clerk" }] }));
    const server = await serve({ args: ["--inbox=open"], cwd, env });
    const argument = await until(() => readFile(opened, "utf8"));
    const page = await readFile(fileURLToPath(argument.trim()), "utf8");
    const [, secret = "none"] = /name="token" value="([\w-]+)"/.exec(page) ?? [];
    const [, action = ""] = /action="([^"]+)"/.exec(page) ?? [];
    const { origin, pathname } = new URL(action);
    const signedIn = await ask(origin, pathname, {
      method: "POST",
      body: `token=${secret}`,
      headers: { origin: "null" },
    });
    const [cookie = ""] = (signedIn.headers["set-cookie"]?.[0] ?? "").split(";");
    const { csrfToken } = (await ask(origin, "/api/session", { headers: { cookie } })).json();
    const asked = await ask(origin, "/api/trust", { headers: { cookie } });
    const { question } = asked.json() as { question: { file: string; digest: string } };
    expect(question).toMatchObject({
      file,
      lines: expect.arrayContaining([expect.stringContaining("Clerk")]),
    });
    const accept = () =>
      ask(origin, "/api/trust", {
        method: "POST",
        body: JSON.stringify({ digest: question.digest }),
        headers: {
          cookie,
          "content-type": "application/json",
          "x-csrf-token": String(csrfToken),
        },
      });
    await writeFile(file, JSON.stringify({ agents: [{ name: "Thief" }] }));
    expect((await accept()).body).toContain("not what was shown any more");
    await writeFile(file, JSON.stringify({ agents: [{ name: "Clerk" }] }));
    expect((await accept()).status).toBe(200);
    expect(await server.failure("run_agent", { input: "x" })).toContain("start this server again");
    const again = await serve({ args: [], cwd, env });
    expect(await again.call("list_agents")).toMatchObject({ agents: [{ name: "Clerk" }] });
  },
);

it.runIf(process.platform === "linux" && browserPath !== undefined)(
  "who has no terminal trusts and decides in the browser, with their PIN",
  async () => {
    const { directory, cwd, env, opened } = await createFolder();
    await writeFile(
      join(cwd, "holdpoint.json"),
      JSON.stringify({ approvers: { default: "person" } }),
    );
    enrol(join(directory, "holdpoint"), "2468");
    const first = await serve({ args: ["--inbox=open"], cwd, env });
    const page = await openPage();
    await page.goto((await until(() => readFile(opened, "utf8"))).trim());
    await page.getByText("Nothing is started here yet").waitFor();
    await page.getByRole("button", { name: "Trust it as it stands" }).click();
    await page.getByText("a person does that").waitFor();
    await page.getByLabel("Your PIN").fill("2468");
    await page.getByRole("button", { name: "Trust it as it stands" }).click();
    await page.getByText("Trusted. Start the server again.").waitFor();
    await first.close();

    await rm(opened);
    const server = await serve({ args: ["--inbox=open"], cwd, env });
    const { run_id } = await server.startPaused({ input: 'get_temperature {"city":"Oakland"}' });
    await page.goto((await until(() => readFile(opened, "utf8"))).trim());
    await page.getByRole("navigation").getByRole("button", { name: "get_temperature" }).click();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("Type your PIN").waitFor();
    await page.getByLabel("Your PIN").fill("2468");
    await page.getByRole("button", { name: "Approve" }).click();
    // The page sends it after a while in which it can be taken back.
    const output = async (): Promise<string> =>
      String((await server.call("get_run", { run_id }))["output"] ?? "");
    await expect.poll(output, { timeout: 45_000 }).toContain("Oakland");
  },
  90_000,
);

interface Folder {
  directory: string;
  /** A folder that a server is started in. */
  cwd: string;
  env: Record<string, string>;
  /** Has what a browser was opened with. */
  opened: string;
}

/** A place whose browser only notes what it is opened with. */
async function createFolder(): Promise<Folder> {
  const directory = await realpath(await tempDirectory());
  const opened = join(directory, "opened");
  const bin = join(directory, "bin");
  const cwd = join(directory, "clone");
  await mkdir(bin);
  await mkdir(cwd);
  await writeFile(join(bin, "xdg-open"), `#!/bin/sh\necho "$@" >> '${opened}'\n`);
  await chmod(join(bin, "xdg-open"), 0o755);
  const env = { XDG_STATE_HOME: directory, PATH: `${bin}:${process.env["PATH"] ?? ""}` };
  return { directory, cwd, env, opened };
}

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
