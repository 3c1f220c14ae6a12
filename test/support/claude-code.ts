import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { peerFile } from "./peers.ts";

const folder = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;
const program = peerFile(`${folder}/claude`);

/** Whether the real Claude Code is here: `npm test` installs it. */
export const hasClaudeCode = process.platform === "linux" && existsSync(program);

interface Asked {
  model: string;
  tools?: { name: string }[];
  messages: { content: unknown }[];
}

/**
 * Runs Claude Code without a terminal, with a model that uses its shell for these commands, one
 * after the other.
 *
 * @returns what the model was told of each
 */
export async function runClaudeCode(
  commands: readonly string[],
  { home }: { home: string },
): Promise<string> {
  const told: string[] = [];
  const left = [...commands];
  const server = createServer((request, response) => {
    void answer(request, response, { left, told });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const child = spawn(program, ["-p", "go", "--allowedTools", "Bash"], {
    cwd: home,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`,
      ANTHROPIC_API_KEY: "none",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_TELEMETRY: "1",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  await once(child, "close");
  server.closeAllConnections();
  server.close();
  return told.join("\n");
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { left, told }: { left: string[]; told: string[] },
): Promise<void> {
  const body = await text(request);
  const path = (request.url ?? "").split("?")[0];
  if (path !== "/v1/messages") {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ input_tokens: 1 }));
    return;
  }
  const { model, tools = [], messages } = JSON.parse(body) as Asked;
  const last = JSON.stringify(messages.at(-1)?.content);
  if (last.includes("tool_result")) told.push(last);
  const canRun = tools.some(({ name }) => name === "Bash");
  stream(response, { model, command: canRun ? left.shift() : undefined });
}

/** One message of the Messages API, as server-sent events. */
function stream(
  response: ServerResponse,
  { model, command }: { model: string; command: string | undefined },
): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (type: string, fields: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  };
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model, content: [], usage };
  send("message_start", { message: { ...message, stop_reason: null, stop_sequence: null } });
  const input = JSON.stringify({ command, description: "Runs it" });
  const [block, delta] =
    command === undefined
      ? [
          { type: "text", text: "" },
          { type: "text_delta", text: "Done." },
        ]
      : [
          { type: "tool_use", id: `toolu_${Date.now()}`, name: "Bash", input: {} },
          { type: "input_json_delta", partial_json: input },
        ];
  send("content_block_start", { index: 0, content_block: block });
  send("content_block_delta", { index: 0, delta });
  send("content_block_stop", { index: 0 });
  const reason = command === undefined ? "end_turn" : "tool_use";
  send("message_delta", { delta: { stop_reason: reason, stop_sequence: null }, usage });
  send("message_stop", {});
  response.end();
}
