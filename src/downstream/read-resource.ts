import type { RunnableTool } from "../agents/function-tool.ts";
import { tool, toolDigest } from "../agents/tool.ts";
import { errorMessage } from "../lib/errors.ts";
import { isJsonObject } from "../lib/json.ts";
import { toModelName } from "../policy/tool-name.ts";
import type { BorrowedPolicy } from "./borrowed-parts.ts";
import type { Connection } from "./connection.ts";
import type { ServerTool } from "./definition.ts";
import { requestResource } from "./requests.ts";
import { toToolOutput } from "./tool-result.ts";

/** What rules call the reading of a resource, here as through the gateway. */
const READING = "resources/read";
/** The name of the tool, after its server's. */
export const READ_RESOURCE = "read_resource";
const parameters = {
  type: "object" as const,
  properties: { uri: { type: "string", description: "As a result or a list names it" } },
  required: ["uri"],
  additionalProperties: false as const,
};

const annotations = { title: "Read a resource", readOnlyHint: true };

/** Whether a server has resources, and no tool of that name. */
export function canBeRead({ hasResources, tools }: Connection): boolean {
  return hasResources && tools.every(({ name }) => name !== READ_RESOURCE);
}

/** The tool as if its server had it. */
export function readerOf({ name }: Connection): ServerTool {
  const description = `Reads a resource of "${name}" by its URI, such as one that a result links to`;
  return { name: READ_RESOURCE, description, parameters, annotations, listed: {} };
}

/** Reads what results link to: a model has no other way to follow a link. */
export function readResourceTool(connection: Connection, policy: BorrowedPolicy): RunnableTool {
  const name = toModelName(connection.name, READ_RESOURCE);
  const { description } = readerOf(connection);
  const isTrusted = connection.spec.trusted === true;
  const borrowed = { server: connection.name, tool: READING, isTrustedReadOnly: isTrusted };
  const base = tool({
    name,
    description,
    parameters,
    strict: false,
    needsApproval: true,
    // Of a server that nobody trusts it is not known that reading changes nothing.
    idempotent: isTrusted,
    errorFunction: (_context, error) => errorMessage(error),
    execute: (value, _context, details) =>
      read(connection, (value as { uri: string }).uri, details?.signal),
  });
  return {
    ...base,
    name,
    annotations,
    ...(isTrusted ? { trusted: true as const } : {}),
    digest: toolDigest({ name, description, parameters, annotations }),
    approvalRule: {
      type: "policy",
      outlook: policy.outlook(borrowed),
      judge: ({ agent, arguments: args }) => {
        const params = isJsonObject(args) ? args : {};
        const called = { agent, server: connection.name, params };
        const request = { ...called, method: READING, alias: READ_RESOURCE };
        return policy.judgeRead(request, { isTrusted });
      },
    },
  };
}

/** @throws Error with what the server said, without its secrets */
async function read(connection: Connection, uri: string, signal: AbortSignal | undefined) {
  const { redact } = connection;
  try {
    await connection.start(signal);
    if (connection.client === undefined) throw new Error("it is not connected");
    const contents = await requestResource(connection.client, { uri, signal });
    const content = contents.map((resource) => ({ type: "resource" as const, resource }));
    if (content.length === 0) return "The resource is empty";
    return toToolOutput({ content }, redact);
  } catch (error) {
    const said = redact(errorMessage(error)).replace(/^MCP error -?\d+: /, "");
    // Its own error may hold what the server was given in confidence.
    // oxlint-disable-next-line preserve-caught-error
    throw new Error(`The resource could not be read: ${said}`);
  }
}
