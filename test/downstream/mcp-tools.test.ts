import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { spawn } from "node:child_process";

import { afterEach, expect, it } from "vitest";

import { Agent, mcpTools, run, RunState, UserError, type McpTools } from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";
import { foreignServer } from "../support/foreign-server.ts";

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

function borrow(options: Parameters<typeof mcpTools>[0]): McpTools {
  const tools = mcpTools(options);
  cleanUps.push(() => tools.close());
  return tools;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

/** The reference server over Streamable HTTP. */
async function startHttpServer(): Promise<string> {
  const port = await freePort();
  const { command, args } = foreignServer("everything", ["streamableHttp"]);
  const env = { ...process.env, PORT: String(port) };
  const child = spawn(command, args, { env, stdio: ["ignore", "ignore", "pipe"] });
  const gone = once(child, "exit");
  cleanUps.push(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  let said = "";
  while (!said.includes(String(port))) said += String((await once(child.stderr, "data"))[0]);
  return `http://127.0.0.1:${port}/mcp`;
}

const model = (): ReturnType<typeof createScriptedModel> =>
  createScriptedModel([[call("web__echo", { message: "hi" })], [message("done")]]);

it("borrows tools over Streamable HTTP, with the rules that code gives", async () => {
  const url = await startHttpServer();
  const tools = borrow({ servers: { web: { url } }, policy: [{ verdict: "allow", tool: "echo" }] });
  const result = await run(new Agent({ name: "A", model: model(), toolProviders: [tools] }), "go");
  expect(JSON.stringify(result.history)).toContain("Echo: hi");
});

it("asks without rules, and tells the model when the server is gone by then", async () => {
  const url = await startHttpServer();
  const tools = borrow({ servers: { web: { url } } });
  const agent = new Agent({ name: "A", model: model(), toolProviders: [tools] });
  const { state, interruptions } = await run(agent, "go");
  expect(interruptions).toHaveLength(1);
  await cleanUps.pop()?.();
  await cleanUps.pop()?.();
  for (const item of interruptions) state.approve(item);
  const result = await run(agent, state);
  expect(JSON.stringify(result.history)).toContain("was not run");
});

it("goes on with a call that waits where no server was met yet, as after a restart", async () => {
  const servers = { everything: foreignServer("everything", ["stdio"]) };
  const start = (answers: Parameters<typeof createScriptedModel>[0]): Agent => {
    const toolProviders = [borrow({ servers })];
    return new Agent({ name: "A", model: createScriptedModel(answers), toolProviders });
  };
  const first = start([[call("everything__echo", { message: "hi" })]]);
  const { state: paused } = await run(first, "go");
  const second = start([[message("done")]]);
  const state = await RunState.fromString(second, paused.toString());
  for (const item of state.getInterruptions()) state.approve(item);
  const result = await run(second, state);
  expect(JSON.stringify(result.history)).toContain("Echo: hi");
});

it("says of a tool that none of its servers can have that it is not there", async () => {
  const servers = { everything: foreignServer("everything", ["stdio"]) };
  const answers = [[call("everything__echo", { message: "hi" })]];
  const agentWith = (of: typeof servers | Record<string, never>): Agent =>
    new Agent({
      name: "A",
      model: createScriptedModel(answers),
      toolProviders: [borrow({ servers: of })],
    });
  const { state } = await run(agentWith(servers), "go");
  await expect(RunState.fromString(agentWith({}), state.toString())).rejects.toThrow(
    "Tool everything__echo not found in agent A",
  );
});

it("refuses rules that are none", () => {
  const policy = [{ verdict: "perhaps" as "ask" }];
  expect(() => mcpTools({ servers: {}, policy })).toThrow(UserError);
});
