import { FORMAT_VERSION, type DraftOf } from "../engine/entries.ts";
import type { RunId } from "../lib/ids.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import { GATEWAY, type GatewayStart } from "./folder.ts";

/** Whose run it is, and what of. */
export interface CallOpening {
  runId: RunId;
  start: GatewayStart;
  /** The client, without and with its version. */
  principal: string;
  client: string;
  /** `gateway:<real path of the configuration>`. */
  source: string;
}

/** The entries that a run of the gateway begins with: its start, and the one call that it is of. */
export function openingOf(
  { runId, start, principal, client, source }: CallOpening,
  { name, args }: { name: string; args: JsonObject },
): [DraftOf<"run_started">, DraftOf<"call_proposed">] {
  return [
    {
      type: "run_started",
      format: FORMAT_VERSION,
      runId,
      driver: GATEWAY,
      agent: principal,
      source,
      start: start as JsonValue,
      by: client,
      channel: GATEWAY,
      level: "client",
    },
    { type: "call_proposed", callId: "1", name, arguments: JSON.stringify(args), kind: "tool" },
  ];
}
