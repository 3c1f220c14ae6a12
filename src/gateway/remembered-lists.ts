import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import * as z from "zod";

import type { JsonObject } from "../lib/json.ts";
import { makeDirectory } from "../lib/make-directory.ts";
import type { RememberedLists } from "./catalogue.ts";

const file = z.record(z.string(), z.array(z.record(z.string(), z.json())));

/** Remembers nothing: what a server has is known once it is there. */
export const noLists: RememberedLists = { of: () => [], remember: () => undefined };

/**
 * Keeps the last list of each server of a configuration in a file, so that tools are listed while
 * servers start. It is a convenience: one that cannot be read or written is done without.
 *
 * @param source of the configuration: servers of another one may have the same names
 */
export function createRememberedLists(path: string, source: string): RememberedLists {
  let lists = readLists(path);
  const keyOf = (server: string): string => JSON.stringify([source, server]);
  return {
    of: (server) => lists[keyOf(server)] ?? [],
    remember(server, tools) {
      const key = keyOf(server);
      if (JSON.stringify(lists[key]) === JSON.stringify(tools)) return;
      lists = { ...readLists(path), [key]: [...tools] };
      try {
        makeDirectory(dirname(path));
        const draft = `${path}.${process.pid}.tmp`;
        writeFileSync(draft, `${JSON.stringify(lists)}\n`, { mode: 0o600 });
        renameSync(draft, path);
      } catch {
        // Servers are started and asked the next time, too.
      }
    },
  };
}

function readLists(path: string): Record<string, JsonObject[]> {
  try {
    return file.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return {};
  }
}
