import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";
import { writeFileSync } from "node:fs";

import { expect, onTestFinished, vi } from "vitest";
import * as z from "zod";

import { childEnv } from "../support/command.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { createGatewaySite, type GatewaySite } from "../support/gateway-site.ts";

/** A published server. */
export type ServerName = Parameters<typeof foreignServer>[0];

/** A client at a server, and one at a gateway that has only this server. */
export interface BothWays {
  readonly direct: Client;
  readonly gated: Client;
  readonly site: GatewaySite;
}

interface BothOptions {
  /** @param directory no server is given it itself, as it has the store */
  args?(directory: string): string[];
  /** @param side where each server has files of its own */
  env?(directory: string, side: "direct" | "gated"): Record<string, string>;
  capabilities?: ClientCapabilities;
  /** What each client does with what the server asks of it or tells it. */
  prepare?(client: Client): void;
  verdict?: "allow" | "ask";
}

export async function openBoth(
  name: ServerName,
  { args, env, capabilities = {}, prepare, verdict = "allow" }: BothOptions = {},
): Promise<BothWays> {
  const site = await createGatewaySite({ mcpServers: {} });
  const { directory } = site;
  const { command, args: start, env: own } = foreignServer(name, args?.(directory));
  const server = { command, args: start, env: { ...own, ...env?.(directory, "gated") } };
  const policy = [{ verdict, server: name }];
  const approvers = { default: "client" };
  writeFileSync(site.config, JSON.stringify({ mcpServers: { [name]: server }, policy, approvers }));
  // At the gateway, servers meet a client that shows forms: where the host cannot, the inbox does.
  const shown = { elicitation: { form: {} }, ...capabilities };
  const direct = new Client({ name: "test-client", version: "1.0.0" }, { capabilities: shown });
  prepare?.(direct);
  await direct.connect(
    new StdioClientTransport({
      command,
      args: start,
      env: { ...childEnv(), ...own, ...env?.(directory, "direct") },
      // As the gateway starts it.
      cwd: directory,
      stderr: "ignore",
    }),
  );
  onTestFinished(() => direct.close());
  const { client: gated } = await site.open({
    capabilities,
    hold: 60,
    ...(prepare === undefined ? {} : { prepare }),
  });
  return { direct, gated, site };
}

/** What came over the wire in answer to a request, or the error of the protocol, byte for byte. */
export async function answerOf(client: Client, method: string, params: object): Promise<string> {
  const request = { method, params: { ...params } };
  const options = { timeout: 60_000 };
  return JSON.stringify(
    await client.request(request, z.any(), options).catch((error: unknown) => ({ error })),
  );
}

/** Makes requests at both. @returns what the server itself answered, in order */
export async function compare(
  { direct, gated }: Pick<BothWays, "direct" | "gated">,
  requests: readonly [string, object][],
): Promise<string> {
  const answers: string[] = [];
  for (const [method, params] of requests) {
    const expected = await answerOf(direct, method, params);
    const actual = await answerOf(gated, method, params);
    expect(timeless(actual), `${method} ${JSON.stringify(params)}`).toBe(timeless(expected));
    answers.push(expected);
  }
  return answers.join("\n");
}

/** Makes calls of tools at both, as `compare`. */
export function compareCalls(
  both: Pick<BothWays, "direct" | "gated">,
  calls: readonly [string, object][],
): Promise<string> {
  const toRequest = ([name, args]: [string, object]): [string, object] => [
    "tools/call",
    { name, arguments: args },
  ];
  return compare(both, calls.map(toRequest));
}

/** Servers say the time, and name files after it. */
function timeless(answer: string): string {
  return answer
    .replaceAll(/"blob":"([^"]*)"/g, (_, blob: string) => `"blob":"${atob(blob)}"`)
    .replaceAll(/\d{1,2}:\d\d:\d\d [AP]M/g, "TIME")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d-]+Z/g, "MOMENT");
}

interface Listed {
  name: string;
  execution?: { taskSupport?: string };
}

const own = new Set(["wait_for_decision", "holdpoint_status"]);

/** The tools of a server, as they came over the wire, without the gateway's own. */
async function toolsOf(client: Client): Promise<Listed[]> {
  const { tools } = JSON.parse(await answerOf(client, "tools/list", {})) as { tools: Listed[] };
  return tools.filter(({ name }) => !own.has(name));
}

/** Compares the tools of both. @returns their names */
export async function compareTools({
  direct,
  gated,
}: Pick<BothWays, "direct" | "gated">): Promise<string[]> {
  const tools = await toolsOf(direct);
  // Who needs tasks cannot be called by a client that has none.
  const callable = tools.filter(({ execution }) => execution?.taskSupport !== "required");
  const expected = JSON.stringify(callable);
  // A server that takes long to come up is listed once it is there.
  await vi.waitFor(async () => expect(JSON.stringify(await toolsOf(gated))).toBe(expected), 20_000);
  return callable.map(({ name }) => name);
}
