import type { Tool as McpTool } from "@modelcontextprotocol/sdk/types.js";

import type { ToolDefinition } from "../engine/definition-change.ts";
import { canonicalJson, isJsonObject, type JsonObject } from "../lib/json.ts";
import type { Redact } from "./secrets.ts";

/** A tool as its server describes it: all that its digest is made of. */
export interface ServerTool extends ToolDefinition {
  readonly name: string;
  readonly parameters: JsonObject;
  readonly annotations: JsonObject;
  /** As its server lists it, but for secrets. */
  readonly listed: JsonObject;
}

const LONGEST_DESCRIPTION = 10_000;

/** Text that a server makes up is data: capped, and without the secrets it was given. */
export function toServerTool(tool: McpTool, redact: Redact): ServerTool {
  const { name, title, description = "", inputSchema, annotations = {} } = tool;
  const { $schema: _dialect, ...schema } = inputSchema;
  const hints = title === undefined ? annotations : { title, ...annotations };
  return {
    name,
    description: redact(description).slice(0, LONGEST_DESCRIPTION),
    parameters: {
      ...plain(schema, redact),
      type: "object",
      properties: propertiesOf(schema, redact),
    },
    annotations: plain(hints, redact),
    listed: plain(tool, redact),
  };
}

export function isReadOnly({ annotations }: ServerTool): boolean {
  return annotations["readOnlyHint"] === true;
}

export function sameTool(a: ToolDefinition, b: ToolDefinition): boolean {
  return definitionText(a) === definitionText(b);
}

function definitionText({ description, parameters, annotations = {} }: ToolDefinition): string {
  return canonicalJson({ description, parameters, annotations });
}

function propertiesOf(schema: { properties?: unknown }, redact: Redact): JsonObject {
  return isJsonObject(schema.properties) ? plain(schema.properties, redact) : {};
}

function plain(value: object, redact: Redact): JsonObject {
  const copy: JsonObject = JSON.parse(redact(JSON.stringify(value)));
  return copy;
}
