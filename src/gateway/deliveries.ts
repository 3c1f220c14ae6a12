import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

import { errorMessage } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { RunService } from "../runs/run-service.ts";
import type { WireEvents } from "../host/line-transport.ts";
import type { Standing, Standings } from "./standings.ts";

/** From then on any message of the client was sent after it had read what was written. */
const READ_BY_THEN_MS = 1_000;

/**
 * Finds out which answers reached their client. That an answer was written says nothing, and a
 * message that comes behind it may have been sent before: so the client is pinged, and answers that
 * once it has read what came before.
 */
export function createDeliveries(
  server: Server,
  {
    standings,
    desk,
    log,
  }: { standings: Standings; desk(): Promise<Pick<RunService, "delivered">>; log: Log },
): WireEvents {
  const delivered = (standing: Standing): void => {
    // Its client may have given it up just before the answer came: nobody read that then.
    if (!standings.has(standing) || standing.record !== "none") return;
    standings.read(standing);
    desk()
      .then((service) => service.delivered(standing.runId))
      .then(() => standings.recorded(standing))
      .catch((error: unknown) => {
        standing.record = "none";
        log.warn(`a delivery is not recorded: ${errorMessage(error)}`);
      });
  };
  return {
    received(message) {
      if (isCancellation(message)) {
        standings.cancelled(message.params.requestId);
        return;
      }
      for (const standing of standings.unconfirmed(READ_BY_THEN_MS)) delivered(standing);
    },
    sent(message) {
      if ("method" in message || !("id" in message) || message.id === undefined) return;
      const told = standings.written(message.id);
      if (told.length === 0) return;
      server.ping().then(
        () => told.forEach(delivered),
        () => undefined,
      );
    },
  };
}

interface Cancellation {
  readonly method: "notifications/cancelled";
  readonly params: { readonly requestId: string | number };
}

function isCancellation(message: JSONRPCMessage): message is JSONRPCMessage & Cancellation {
  return (
    "method" in message &&
    message.method === "notifications/cancelled" &&
    message.params?.["requestId"] !== undefined
  );
}
