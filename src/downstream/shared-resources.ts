import * as z from "zod";

import type { Connection } from "./connection.ts";
import { allPages } from "./requests.ts";

const LIST_MS = 10_000;

/** Resources that the same servers list; the first of these answers for them. */
export interface SharedResources {
  readonly uris: readonly string[];
  readonly servers: readonly string[];
}

/**
 * Of servers that are up, in the order of the configuration; one whose list fails has none.
 */
export async function findSharedResources(
  connections: readonly Connection[],
): Promise<SharedResources[]> {
  const lists = connections.map(async (connection) => {
    const uris = await urisOf(connection).catch(() => []);
    return { name: connection.name, uris: new Set(uris) };
  });
  const holders = new Map<string, string[]>();
  for (const { name, uris } of await Promise.all(lists)) {
    for (const uri of uris) holders.set(uri, [...(holders.get(uri) ?? []), name]);
  }
  const alike = new Map<string, { uris: string[]; servers: string[] }>();
  for (const [uri, servers] of holders) {
    if (servers.length < 2) continue;
    const key = JSON.stringify(servers);
    const { uris } = alike.get(key) ?? { uris: [] };
    alike.set(key, { uris: [...uris, uri], servers });
  }
  return [...alike.values()];
}

const resourcePage = z.object({
  resources: z.array(z.object({ uri: z.string() })),
  nextCursor: z.string().optional(),
});

async function urisOf({ client, hasResources, redact }: Connection): Promise<string[]> {
  if (client === undefined || !hasResources) return [];
  return allPages(async (params) => {
    const request = { method: "resources/list", params };
    const { resources, nextCursor } = await client.request(request, resourcePage, {
      timeout: LIST_MS,
    });
    return { items: resources.map(({ uri }) => redact(uri)), nextCursor };
  });
}
