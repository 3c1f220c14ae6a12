import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  type ListResourcesRequest,
  type ReadResourceRequest,
  type SubscribeRequest,
} from "@modelcontextprotocol/sdk/types.js";

import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { RunService } from "../runs/run-service.ts";
import { clientOf, type McpDeps } from "./mcp-tool.ts";
import { guarded } from "./error-text.ts";
import { createSubscriptions } from "./subscriptions.ts";
import { toItem, toSnapshot, toWholeItem } from "./snapshot.ts";
import { viewerOf, type Viewer } from "./where.ts";

const LISTED = 50;
const NOT_FOUND = -32_002;
const PENDING = "approvals://pending";

/** What resources are read from, and for whom. */
interface Reading {
  readonly service: RunService;
  viewer(): Viewer;
}

/** A kind of resource with an id in its address. */
interface Template {
  readonly uriTemplate: string;
  readonly name: string;
  readonly description: string;
  readonly pattern: RegExp;
  read(from: Reading, id: string): Promise<unknown>;
}

export const templates: readonly Template[] = [
  {
    uriTemplate: "run://{run_id}/journal",
    name: "Journal of a run",
    description: "Every entry: what happened, who decided, on what",
    pattern: /^run:\/\/([\w-]+)\/journal$/,
    read: async ({ service }, id) => {
      const entries = await service.journal(id as RunId);
      return entries.map(({ entry }) => entry);
    },
  },
  {
    uriTemplate: "run://{run_id}",
    name: "Run",
    description: "A run as get_run shows it",
    pattern: /^run:\/\/([\w-]+)$/,
    read: async ({ service, viewer }, id) =>
      toSnapshot(await service.get(id as RunId), { service, viewer: viewer() }, { steps: true }),
  },
  {
    uriTemplate: "approval://{approval_id}",
    name: "Pending approval",
    description: "One approval with its arguments",
    pattern: /^approval:\/\/([\w-]+)$/,
    read: async ({ service, viewer }, id) =>
      toWholeItem(await service.approval(id as ApprovalId), viewer(), 0),
  },
  {
    uriTemplate: "session://{session_id}",
    name: "History of a session",
    description: "The items of a conversation, oldest first",
    pattern: /^session:\/\/([\w.:-]{1,100})$/,
    read: ({ service }, id) => service.history(id),
  },
];

/**
 * Serves runs, approvals and conversations as resources, and tells subscribers of changes. What
 * they show is data of agents and tools.
 */
export function serveResources(server: Server, deps: McpDeps): void {
  const { service, log } = deps;
  const from: Reading = { service, viewer: () => viewerOf(deps, clientOf(server)) };
  const subscriptions = createSubscriptions(server, service, (uri) => readText(from, uri));
  server.setRequestHandler(
    ListResourcesRequestSchema,
    guarded(log, ({ params }: ListResourcesRequest) => listResources(service, params?.cursor)),
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
      contents: [{ uri, mimeType: "application/json", text: await readText(from, uri) }],
    })),
  );
  server.setRequestHandler(
    SubscribeRequestSchema,
    guarded(log, async ({ params: { uri } }: SubscribeRequest) => {
      await subscriptions.add(uri);
      return {};
    }),
  );
  server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) => {
    subscriptions.remove(uri);
    return {};
  });
}

async function listResources(
  service: RunService,
  cursor: string | undefined,
): Promise<{ resources: object[]; nextCursor?: string }> {
  const { runs, nextCursor } = await service.listTitled({ limit: LISTED - 1, cursor });
  const pending = { uri: PENDING, name: "Pending approvals", mimeType: "application/json" };
  return {
    ...(nextCursor === undefined ? {} : { nextCursor }),
    resources: [
      ...(cursor === undefined ? [pending] : []),
      ...runs.map(({ runId, agent, status, title }) => ({
        uri: `run://${runId}`,
        name: `${agent}: ${status}`,
        ...(title === undefined || title === "" ? {} : { title }),
        mimeType: "application/json",
      })),
    ],
  };
}

async function readText(from: Reading, uri: string): Promise<string> {
  return JSON.stringify(await read(from, uri), undefined, 2);
}

async function read(from: Reading, uri: string): Promise<unknown> {
  if (uri === PENDING) {
    const { approvals, count, nextCursor } = await from.service.pending({ limit: LISTED });
    const viewer = from.viewer();
    const items = approvals.map((each) => toItem(each, viewer));
    if (nextCursor === undefined) return { count, approvals: items };
    const note = `These are the oldest ${LISTED}; list_pending_approvals lists the others.`;
    return { count, approvals: items, note };
  }
  for (const { pattern, read: readOne } of templates) {
    const id = pattern.exec(uri)?.[1];
    if (id === undefined) continue;
    try {
      return await readOne(from, id);
    } catch (error) {
      if (!(error instanceof HoldpointError)) throw error;
      throw new McpError(NOT_FOUND, error.message);
    }
  }
  throw new McpError(NOT_FOUND, "There is no such resource");
}
