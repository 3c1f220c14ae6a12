import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

import { createDeskService } from "../build/app/app.js";
import { quantile, type Figures } from "../harness.ts";

const WARM = 100;

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = (directory: string): string[] => [
  fileOf("../servers/lines.ts"),
  join(directory, "lines"),
];

async function connect(args: readonly string[]): Promise<Client> {
  const client = new Client({ name: "bench", version: "1" });
  const command = process.execPath;
  await client.connect(new StdioClientTransport({ command, args: [...args], stderr: "ignore" }));
  return client;
}

interface Place {
  readonly config: string;
  readonly store: string;
}

async function configure(directory: string, verdict: "allow" | "ask"): Promise<Place> {
  const config = join(directory, "holdpoint.json");
  const lines = { command: process.execPath, args: server(directory), trusted: true };
  const policy = [{ verdict, server: "lines" }];
  await writeFile(
    config,
    JSON.stringify({ mcpServers: { lines }, policy, approvers: { default: "client" } }),
  );
  return { config, store: join(directory, "runs.db") };
}

async function openGateway({ config, store }: Place): Promise<Client> {
  const built = fileOf("../../dist/cli/holdpoint.js");
  return connect([built, "gateway", "--config", config, "--store", store, "--hold", "60"]);
}

async function timed(client: Client, name: string, number: number): Promise<number> {
  const begin = performance.now();
  await client.callTool({ name, arguments: { line: `${number}` } });
  return performance.now() - begin;
}

/** A call that rules allow, made directly, through a plain proxy and through the gateway, in turn. */
export async function allowed({
  tool,
  calls,
  directory,
}: {
  tool: "read" | "write";
  calls: number;
  directory: string;
}): Promise<Figures> {
  const own = server(directory);
  const direct = await connect(own);
  const proxy = await connect([fileOf("../servers/plain-proxy.ts"), process.execPath, ...own]);
  const gateway = await openGateway(await configure(directory, "allow"));
  const spans: [number[], number[], number[]] = [[], [], []];
  for (let number = 0; number < WARM + calls; number += 1) {
    for (const [index, client] of [direct, proxy, gateway].entries()) {
      const ms = await timed(client, tool, number);
      if (number >= WARM) spans[index]?.push(ms);
    }
  }
  await Promise.all([direct, proxy, gateway].map((client) => client.close()));
  const [directMs = 0, proxyMs = 0, gatewayMs = 0] = spans.map((each) => quantile(each, 0.5));
  return {
    directMs,
    proxyMs,
    gatewayMs,
    addedToProxyMs: gatewayMs - proxyMs,
    addedToDirectMs: gatewayMs - directMs,
    overProxy: gatewayMs / proxyMs,
    overDirect: gatewayMs / directMs,
  };
}

/** A call that a person is asked about: until the question is there, and from the yes to the result. */
export async function held({
  calls,
  directory,
}: {
  calls: number;
  directory: string;
}): Promise<Figures> {
  const place = await configure(directory, "ask");
  const gateway = await openGateway(place);
  const log = { info: () => undefined, warn: () => undefined };
  const desk = await createDeskService({
    store: place.store,
    configFile: place.config,
    env: {},
    log,
  });
  const asked: number[] = [];
  const answered: number[] = [];
  for (let number = 0; number < calls; number += 1) {
    const begin = performance.now();
    const calling = timed(gateway, "write", number);
    const approvalId = await nextApproval(desk);
    asked.push(performance.now() - begin);
    const decided = performance.now();
    const by = { by: "bench", channel: "terminal", level: "person" } as const;
    await desk.decide(approvalId, { ...by, decision: "approved" });
    await calling;
    answered.push(performance.now() - decided);
  }
  await gateway.close();
  await desk.close();
  return { callToQuestionMs: quantile(asked, 0.5), yesToResultMs: quantile(answered, 0.5) };
}

type Desk = Awaited<ReturnType<typeof createDeskService>>;

async function nextApproval(desk: Desk) {
  for (;;) {
    const [first] = (await desk.pending({ limit: 1 })).approvals;
    if (first !== undefined) return first.approvalId;
    const { promise, resolve } = Promise.withResolvers<void>();
    const unlisten = desk.onChange(() => resolve());
    const limit = setTimeout(resolve, 5);
    await promise;
    clearTimeout(limit);
    unlisten();
  }
}
