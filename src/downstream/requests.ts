import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type {
  CallToolResult,
  Progress,
  ReadResourceResult,
  Tool as McpTool,
} from "@modelcontextprotocol/sdk/types.js";
import * as z from "zod";

import type { JsonObject } from "../lib/json.ts";
import { lazy } from "../lib/lazy.ts";
import type { ServerSpec } from "./server-spec.ts";

const CALL_MS = 60_000;
/** For a call that keeps telling its progress. */
const LONGEST_CALL_MS = 900_000;
const LIST_MS = 60_000;
const MAX_PAGES = 100;
/** No model chooses among more tools of one server, and each run would pay for them. */
const MOST_TOOLS = 5_000;
const anything = lazy(() => z.any());

export interface CallOptions {
  readonly signal: AbortSignal | undefined;
  /** Whether the result is wanted as it is, unread. */
  readonly isExact?: boolean | undefined;
  /** What else goes with the call. */
  readonly meta?: JsonObject | undefined;
  /** Told of progress; the server is asked for it only then, where `isExact`. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Milliseconds without a sign of progress. */
  readonly timeoutMs?: number | undefined;
}

export interface SentCall extends CallOptions {
  tool: string;
  args: JsonObject;
}

/** Not `callTool`: it throws away a result whose structure is not as announced. */
export async function requestCall(
  client: Client,
  spec: ServerSpec,
  { tool, args, signal, isExact = false, meta, onProgress, timeoutMs }: SentCall,
): Promise<CallToolResult> {
  const longest = timeoutMs ?? spec.timeoutMs ?? CALL_MS;
  const onprogress = onProgress ?? (isExact ? undefined : () => undefined);
  const params = {
    name: tool,
    arguments: args,
    ...(meta === undefined ? {} : { _meta: meta }),
  };
  const result = await client.request(
    { method: "tools/call", params },
    // The SDK's types are not loaded where results pass unread.
    isExact
      ? anything()
      : (await import("@modelcontextprotocol/sdk/types.js")).CallToolResultSchema,
    {
      timeout: longest,
      maxTotalTimeout: Math.max(LONGEST_CALL_MS, longest),
      resetTimeoutOnProgress: true,
      ...(onprogress === undefined ? {} : { onprogress }),
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return result as CallToolResult;
}

/** What a resource holds. */
export async function requestResource(
  client: Client,
  { uri, signal }: { uri: string; signal: AbortSignal | undefined },
): Promise<ReadResourceResult["contents"]> {
  const { contents } = await client.readResource(
    { uri },
    { timeout: CALL_MS, ...(signal === undefined ? {} : { signal }) },
  );
  return contents;
}

/** Tools of a server, as it has them; `isCut`: it has more. */
export interface ToolList {
  tools: McpTool[];
  isCut: boolean;
}

/**
 * Its tools as it lists them, the first `MOST_TOOLS`; those that cannot be called, or read, are
 * left out.
 */
export async function listTools(from: Client): Promise<ToolList> {
  const { ToolSchema } = await import("@modelcontextprotocol/sdk/types.js");
  if (from.getServerCapabilities()?.tools === undefined) return { tools: [], isCut: false };
  let next: unknown;
  // One more than is taken says whether there are others.
  const found = await allPages(async (params) => {
    const request = { method: "tools/list", params };
    const page = await from.request(request, toolPage(), { timeout: LIST_MS });
    next = page.nextCursor;
    return { items: page.tools as McpTool[], nextCursor: next };
  }, MOST_TOOLS + 1);
  // What the schema of the SDK does not know is kept: others may.
  const tools = found.slice(0, MOST_TOOLS).filter((tool) => {
    const { data } = ToolSchema.safeParse(tool);
    return data !== undefined && data.execution?.taskSupport !== "required";
  });
  return { tools, isCut: found.length > MOST_TOOLS || typeof next === "string" };
}

/**
 * The items of all pages of a list, at most so many.
 *
 * @param ask for one page, by the cursor of the one before it
 */
export async function allPages<T>(
  ask: (params: { cursor?: string }) => Promise<{ items: readonly T[]; nextCursor: unknown }>,
  most = Infinity,
): Promise<T[]> {
  const all: T[] = [];
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    // One page after the other: each names the next.
    // oxlint-disable-next-line no-await-in-loop
    const { items, nextCursor } = await ask(typeof cursor === "string" ? { cursor } : {});
    for (const item of items.slice(0, most - all.length)) all.push(item);
    if (typeof nextCursor !== "string" || all.length >= most) break;
    cursor = nextCursor;
  }
  return all;
}

const toolPage = lazy(() =>
  z.object({ tools: z.array(z.any()), nextCursor: z.string().optional() }),
);
