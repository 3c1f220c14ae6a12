import type { Client } from "@modelcontextprotocol/sdk/client/index.js";

import type { Log } from "../lib/log.ts";
import { toServerTool, type ServerTool } from "./definition.ts";
import type { ToolList } from "./requests.ts";
import type { Redact } from "./secrets.ts";

/** What a server offers. */
export interface ServerOffer {
  readonly tools: readonly ServerTool[];
  /** Whether it said that it has resources. */
  readonly hasResources: boolean;
}

/** What is known of a server that was never there. */
export const nothingYet: ServerOffer = { tools: [], hasResources: false };

/** What a list of tools, and what its server said of itself, come to. */
export function toOffer(
  list: ToolList,
  from: Client,
  means: { name: string; redact: Redact; log: Log },
): ServerOffer {
  const tools = offered(list, means).map((tool) => toServerTool(tool, means.redact));
  return { tools, hasResources: from.getServerCapabilities()?.resources !== undefined };
}

/** A name is what calls go by: it cannot be redacted, so what tells a secret is not offered. */
function offered(
  { tools: found, isCut }: ToolList,
  { name, redact, log }: { name: string; redact: Redact; log: Log },
): ToolList["tools"] {
  if (isCut) {
    log.warn(
      `server "${name}": only the first ${found.length} of its tools are offered: it has more, and nobody can call those`,
    );
  }
  const plain = found.filter((tool) => redact(tool.name) === tool.name);
  const left = found.length - plain.length;
  if (left > 0) {
    log.warn(`server "${name}": left out ${left} of its tools, whose names hold a secret`);
  }
  return plain;
}
