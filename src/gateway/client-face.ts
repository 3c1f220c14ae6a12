import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ErrorCode, McpError, type ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";

import type { ClientFace } from "../downstream/connection.ts";
import { redactValue, type Redact } from "../downstream/secrets.ts";

const anything = z.any();
/** How long a person may take for the form of a server. */
const FORM_MS = 10 * 60_000;

/** The client of the gateway, as servers meet it: what they ask of it is passed on. */
export function createClientFace(
  server: () => Server | undefined,
  changed: (name: string) => void,
): ClientFace {
  return {
    capabilities(): ClientCapabilities {
      const { elicitation } = server()?.getClientCapabilities() ?? {};
      return elicitation === undefined ? {} : { elicitation };
    },
    opening(client, redact) {
      passRequests(client, { server, redact });
      passNotifications(client, { server, redact });
    },
    changed,
  };
}

interface Passage {
  readonly server: () => Server | undefined;
  /** What a server was given in confidence goes no further. */
  readonly redact: Redact;
}

function passRequests(client: Client, { server, redact }: Passage): void {
  client.fallbackRequestHandler = async ({ method, params }, { signal }) => {
    const host = server();
    if (method !== "elicitation/create" || host === undefined) {
      const what =
        method === "sampling/createMessage"
          ? "Holdpoint lends no server the model of its client (sampling)"
          : `Holdpoint does not pass ${method.slice(0, 60)} on`;
      throw refused(what);
    }
    if (host.getClientCapabilities()?.elicitation === undefined) {
      throw refused("The client behind Holdpoint shows no forms: nobody was asked (elicitation)");
    }
    const passed = redactValue(redact, { ...params });
    return host.request({ method, params: passed }, anything, { signal, timeout: FORM_MS });
  };
}

function refused(what: string): Error {
  return Object.assign(new McpError(ErrorCode.MethodNotFound, ""), { message: what });
}

const notices: ReadonlySet<string> = new Set([
  "notifications/resources/list_changed",
  "notifications/resources/updated",
  "notifications/prompts/list_changed",
  "notifications/elicitation/complete",
]);

function passNotifications(client: Client, { server, redact }: Passage): void {
  client.fallbackNotificationHandler = async ({ method, params }) => {
    const host = server();
    if (!notices.has(method) || host?.transport === undefined) return;
    const passed = params === undefined ? {} : { params: redactValue(redact, { ...params }) };
    await host.notification({ method, ...passed });
  };
}
