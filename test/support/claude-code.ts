import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
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

if (!hasClaudeCode && process.platform === "linux" && process.env["CI"] === "true") {
  throw new Error("Claude Code is not there: install it with npm run peers");
}

interface Asked {
  model: string;
  tools?: { name: string }[];
  messages: { role: string; content: string | Part[] }[];
}

interface Part {
  type: string;
}

/** A tool that the model uses. */
export interface ToolUse {
  readonly name: string;
  readonly input: object;
}

/**
 * What the model does next; `undefined` ends it.
 *
 * @param told what it was told of each tool that it used, as JSON
 */
export type Model = (told: readonly string[]) => ToolUse | undefined;

export interface ClaudeCode {
  readonly told: readonly string[];
  readonly ended: Promise<unknown>;
  kill(): void;
}

/** Starts Claude Code without a terminal, with a model that is played. */
export async function startClaudeCode(
  model: Model,
  { home, args }: { home: string; args: readonly string[] },
): Promise<ClaudeCode> {
  const told: string[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, { model, told });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const child = spawn(program, ["-p", "go", ...args], {
    cwd: home,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: home,
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`,
      ANTHROPIC_API_KEY: "none",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_TELEMETRY: "1",
      // All tools are named to the model from the first.
      ENABLE_TOOL_SEARCH: "false",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = once(child, "close").then(() => {
    server.closeAllConnections();
    server.close();
  });
  return { told, ended, kill: () => void child.kill("SIGKILL") };
}

/**
 * Runs Claude Code with a model that uses its shell for these commands, one after the other.
 *
 * @returns what the model was told of each
 */
export async function runClaudeCode(
  commands: readonly string[],
  { home }: { home: string },
): Promise<string> {
  const left = [...commands];
  const model = (): ToolUse | undefined => {
    const command = left.shift();
    return command === undefined
      ? undefined
      : { name: "Bash", input: { command, description: "Runs it" } };
  };
  const { told, ended } = await startClaudeCode(model, { home, args: ["--allowedTools", "Bash"] });
  await ended;
  return told.join("\n");
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { model, told }: { model: Model; told: string[] },
): Promise<void> {
  const body = await text(request);
  const path = (request.url ?? "").split("?")[0];
  if (path !== "/v1/messages") {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ input_tokens: 1 }));
    return;
  }
  const { model: name, tools = [], messages } = JSON.parse(body) as Asked;
  // What Claude Code itself remarks may come behind a result, in a message of its own.
  const since = messages.slice(messages.findLastIndex(({ role }) => role === "assistant") + 1);
  const parts = since.flatMap(({ content }) => (typeof content === "string" ? [] : content));
  const result = parts.findLast(({ type }) => type === "tool_result");
  if (result !== undefined) told.push(JSON.stringify(result));
  // Others are asked beside it, for titles and summaries.
  stream(response, { model: name, use: tools.length > 0 ? model(told) : undefined });
}

/** One message of the Messages API, as server-sent events. */
function stream(
  response: ServerResponse,
  { model, use }: { model: string; use: ToolUse | undefined },
): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (type: string, fields: object): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  };
  const usage = { input_tokens: 1, output_tokens: 1 };
  // Messages of one id are one to Claude Code.
  const message = {
    id: `msg_${randomUUID()}`,
    type: "message",
    role: "assistant",
    model,
    content: [],
    usage,
  };
  send("message_start", { message: { ...message, stop_reason: null, stop_sequence: null } });
  const [block, delta] =
    use === undefined
      ? [
          { type: "text", text: "" },
          { type: "text_delta", text: "Done." },
        ]
      : [
          { type: "tool_use", id: `toolu_${randomUUID()}`, name: use.name, input: {} },
          { type: "input_json_delta", partial_json: JSON.stringify(use.input) },
        ];
  send("content_block_start", { index: 0, content_block: block });
  send("content_block_delta", { index: 0, delta });
  send("content_block_stop", { index: 0 });
  const reason = use === undefined ? "end_turn" : "tool_use";
  send("message_delta", { delta: { stop_reason: reason, stop_sequence: null }, usage });
  send("message_stop", {});
  response.end();
}
