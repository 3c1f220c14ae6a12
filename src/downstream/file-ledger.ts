import { readFileSync } from "node:fs";

import * as z from "zod";

import type { ToolDefinition } from "../engine/definition-change.ts";
import { HoldpointError } from "../lib/errors.ts";
import { isMissingFile } from "../lib/missing-file.ts";
import { writePrivately } from "../lib/private-files.ts";
import type { ToolLedger } from "./tool-ledger.ts";

const definition = z.object({
  description: z.string(),
  parameters: z.json(),
  annotations: z.json().optional(),
});
const ledgerFile = z.object({
  version: z.literal(1),
  servers: z.record(z.string(), z.record(z.string(), definition)),
});

type Servers = z.infer<typeof ledgerFile>["servers"];

/**
 * Remembers in a file that processes share, read at every look and replaced as a whole. Of two that
 * accept at once one may be lost: then a person is asked once more.
 *
 * @throws HoldpointError `config_invalid` from its methods, when the file is not what was written
 */
export function createFileLedger(path: string): ToolLedger {
  return {
    of(server) {
      const tools = readServers(path)[server];
      return tools === undefined ? undefined : new Map(Object.entries(tools));
    },
    accept(server, tools) {
      const servers = readServers(path);
      const known: Record<string, ToolDefinition> = { ...servers[server] };
      for (const [name, { description, parameters, annotations }] of tools) {
        known[name] = { description, parameters, annotations };
      }
      const next = { version: 1, servers: { ...servers, [server]: known } };
      writePrivately(path, `${JSON.stringify(next)}\n`);
    },
  };
}

function readServers(path: string): Servers {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isMissingFile(error)) return {};
    throw unreadable(path, error);
  }
  try {
    return ledgerFile.parse(JSON.parse(text)).servers;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): HoldpointError {
  return new HoldpointError(
    "config_invalid",
    `Cannot read ${path}, which remembers the definitions of tools. Remove it to accept them all anew`,
    { cause },
  );
}
