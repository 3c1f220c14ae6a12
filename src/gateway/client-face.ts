import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ErrorCode, McpError, type ClientCapabilities } from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";

import type { ClientFace } from "../downstream/client-face.ts";
import { redactValue, type Redact } from "../downstream/secrets.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";

const anything = z.any();
/** How long a person may take for the form of a server. */
const FORM_MS = 10 * 60_000;

export interface FaceMeans {
  /** The server that the client of the gateway is at. */
  server(): Server | undefined;
  /** Told of a server that was connected, of one that cannot be used, and of changed tools. */
  changed(name: string): void;
  /** Asks a person in the inbox what a server wants to know, where the client shows no forms. */
  ask(name: string, params: JsonObject, signal: AbortSignal): Promise<JsonObject>;
}

/**
 * The client of the gateway, as servers meet it: what they ask of it is passed on. A form can always
 * be shown: what the client cannot, the inbox can.
 */
export function createClientFace({ server, changed, ask }: FaceMeans): ClientFace {
  return {
    capabilities(): ClientCapabilities {
      const { elicitation }: ClientCapabilities = server()?.getClientCapabilities() ?? {};
      if (elicitation !== undefined && showsForms(elicitation)) return { elicitation };
      return { elicitation: { ...elicitation, form: {} } };
    },
    opening(client, name, redact) {
      passRequests(client, { server, redact, ask: (params, signal) => ask(name, params, signal) });
      passNotifications(client, { server, redact });
    },
    changed,
  };
}

/** A client that says nothing of how it asks shows forms. */
function showsForms(elicitation: ClientCapabilities["elicitation"]): boolean {
  if (elicitation === undefined) return false;
  return elicitation.form !== undefined || elicitation.url === undefined;
}

interface Passage {
  readonly server: () => Server | undefined;
  /** What a server was given in confidence goes no further. */
  readonly redact: Redact;
}

function passRequests(
  client: Client,
  {
    server,
    redact,
    ask,
  }: Passage & { ask(params: JsonObject, signal: AbortSignal): Promise<JsonObject> },
): void {
  client.fallbackRequestHandler = async ({ method, params }, { signal }) => {
    const host = server();
    if (method !== "elicitation/create" || host === undefined) {
      const what =
        method === "sampling/createMessage"
          ? "Holdpoint lends no server the model of its client (sampling)"
          : `Holdpoint does not pass ${method.slice(0, 60)} on`;
      throw refused(what);
    }
    const passed = redactValue(redact, { ...params });
    const isForm = (passed["mode"] ?? "form") === "form";
    if (isForm && !showsForms(host.getClientCapabilities()?.elicitation)) {
      return ask(isJsonObject(passed) ? passed : {}, signal);
    }
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
