/* oxlint-disable unicorn/prefer-add-event-listener -- the SDK has no events */
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

const INTERNAL_ERROR = -32_603;

/** What is kept back of what comes in until the server can answer it. */
export interface HeldBack {
  /** Hands on what waits, in its order, and whatever comes from now on. */
  release(): void;
  /** Answers each request that waits, and those to come, with why there will be no answer. */
  refuse(why: () => string): Promise<void>;
}

/**
 * @param transport that a server was connected to just now
 * @param methods of messages that wait for nothing
 */
export function holdBack(transport: Transport, methods: ReadonlySet<string>): HeldBack {
  const held: JSONRPCMessage[] = [];
  const { onmessage } = transport;
  transport.onmessage = (message) => {
    const waits = "method" in message && !methods.has(message.method);
    if (waits) held.push(message);
    else onmessage?.(message);
  };
  return {
    release() {
      if (onmessage !== undefined) transport.onmessage = onmessage;
      for (const message of held.splice(0)) onmessage?.(message);
    },
    async refuse(why) {
      const refuse = async (message: JSONRPCMessage): Promise<void> => {
        if (!("method" in message && "id" in message)) return;
        const error = { code: INTERNAL_ERROR, message: why() };
        await transport.send({ jsonrpc: "2.0", id: message.id, error });
      };
      transport.onmessage = (message) => void refuse(message);
      for (const message of held.splice(0)) await refuse(message);
    },
  };
}
