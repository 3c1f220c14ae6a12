import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  type ReadResourceRequest,
  type SubscribeRequest,
} from "@modelcontextprotocol/sdk/types.js";

import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { RunService } from "../runs/run-service.ts";
import { guarded } from "./error-text.ts";
import type { McpDeps } from "./mcp-tool.ts";
import { toItem, toSnapshot, toWholeItem } from "./snapshot.ts";

const LISTED = 50;
const NOT_FOUND = -32_002;
const PENDING = "approvals://pending";

/** A kind of resource with an id in its address. */
interface Template {
  readonly uriTemplate: string;
  readonly name: string;
  readonly description: string;
  readonly pattern: RegExp;
  read(service: RunService, id: string): Promise<unknown>;
}

const templates: readonly Template[] = [
  {
    uriTemplate: "run://{run_id}/journal",
    name: "Journal of a run",
    description: "Every entry: what happened, who decided, on what",
    pattern: /^run:\/\/([\w-]+)\/journal$/,
    read: async (service, id) => {
      const entries = await service.journal(id as RunId);
      return entries.map(({ entry }) => entry);
    },
  },
  {
    uriTemplate: "run://{run_id}",
    name: "Run",
    description: "A run as get_run shows it",
    pattern: /^run:\/\/([\w-]+)$/,
    read: async (service, id) =>
      toSnapshot(await service.get(id as RunId), service, { steps: true }),
  },
  {
    uriTemplate: "approval://{approval_id}",
    name: "Pending approval",
    description: "One approval with its arguments",
    pattern: /^approval:\/\/([\w-]+)$/,
    read: async (service, id) =>
      toWholeItem(await service.approval(id as ApprovalId), service.location, 0),
  },
  {
    uriTemplate: "session://{session_id}",
    name: "History of a session",
    description: "The items of a conversation, oldest first",
    pattern: /^session:\/\/([\w.:-]{1,100})$/,
    read: (service, id) => service.history(id),
  },
];

/**
 * Serves runs, approvals and conversations as resources, and tells subscribers of changes. What
 * they show is data of agents and tools.
 */
export function serveResources(server: Server, { service, log }: McpDeps): void {
  const subscribed = new Map<string, string>();
  server.setRequestHandler(
    ListResourcesRequestSchema,
    guarded(log, () => listResources(service)),
  );
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({
    resourceTemplates: templates.map(({ uriTemplate, name, description }) => ({
      uriTemplate,
      name,
      description,
      mimeType: "application/json",
    })),
  }));
  server.setRequestHandler(
    ReadResourceRequestSchema,
    guarded(log, async ({ params: { uri } }: ReadResourceRequest) => ({
      contents: [{ uri, mimeType: "application/json", text: await readText(service, uri) }],
    })),
  );
  server.setRequestHandler(
    SubscribeRequestSchema,
    guarded(log, async ({ params: { uri } }: SubscribeRequest) => {
      subscribed.set(uri, await readText(service, uri));
      return {};
    }),
  );
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    subscribed.delete(uri);
    return {};
  });
  service.onChange(() => void tellSubscribers(server, service, subscribed));
}

/** Compares what subscribers last knew with what is; nobody may depend on being told. */
async function tellSubscribers(
  server: Server,
  service: RunService,
  subscribed: Map<string, string>,
): Promise<void> {
  for (const [uri, before] of subscribed) {
    const now = await readText(service, uri).catch(() => before);
    if (now === before || !subscribed.has(uri)) continue;
    subscribed.set(uri, now);
    await server.sendResourceUpdated({ uri }).catch(() => undefined);
  }
}

async function listResources(service: RunService): Promise<{ resources: object[] }> {
  const { runs } = await service.list({ limit: LISTED - 1 });
  return {
    resources: [
      { uri: PENDING, name: "Pending approvals", mimeType: "application/json" },
      ...runs.map(({ runId, agent, status }) => ({
        uri: `run://${runId}`,
        name: `${agent}: ${status}`,
        mimeType: "application/json",
      })),
    ],
  };
}

async function readText(service: RunService, uri: string): Promise<string> {
  return JSON.stringify(await read(service, uri), undefined, 2);
}

async function read(service: RunService, uri: string): Promise<unknown> {
  if (uri === PENDING) {
    const { approvals, count } = await service.pending({ limit: LISTED });
    return { count, approvals: approvals.map((each) => toItem(each, service.location)) };
  }
  for (const { pattern, read: readOne } of templates) {
    const id = pattern.exec(uri)?.[1];
    if (id === undefined) continue;
    try {
      return await readOne(service, id);
    } catch (error) {
      if (!(error instanceof HoldpointError)) throw error;
      throw new McpError(NOT_FOUND, error.message);
    }
  }
  throw new McpError(NOT_FOUND, "There is no such resource");
}
