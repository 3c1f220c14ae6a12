import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  getDefaultEnvironment,
  StdioClientTransport,
} from "@modelcontextprotocol/sdk/client/stdio.js";

/** A server that was started as a child process, and the client that talks to it. */
export interface ServerProcess {
  readonly pid: number;
  /** The structured result of a tool. @throws Error with the tool's text when it failed */
  call(tool: string, input?: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Ends it without a warning, as a crash would. Resolves once it is gone. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts `command` and connects to it; its environment is the short list every host gives.
 *
 * @param home in which it finds neither settings nor state of the user
 */
export async function startServer(
  command: string,
  args: string[],
  home: string,
): Promise<ServerProcess> {
  const transport = new StdioClientTransport({
    command,
    args,
    env: { ...getDefaultEnvironment(), HOME: home, USERPROFILE: home, LOCALAPPDATA: home },
    stderr: "ignore",
  });
  const client = new Client({ name: "holdpoint-demo", version: "1.0.0" });
  const gone = new Promise<void>((resolve) => {
    // oxlint-disable-next-line prefer-add-event-listener -- the SDK has no other way
    client.onclose = resolve;
  });
  await client.connect(transport);
  const { pid } = transport;
  if (pid === null) throw new Error("The server has no process id");
  return {
    pid,
    async call(tool, input = {}) {
      const result = await client.callTool({ name: tool, arguments: input });
      if (result.isError === true) throw new Error(`${tool}: ${JSON.stringify(result.content)}`);
      return result.structuredContent as Record<string, unknown>;
    },
    async kill() {
      process.kill(pid, "SIGKILL");
      await gone;
    },
    close: () => client.close(),
  };
}
