import { tool, type FunctionTool } from "@openai/agents";

/** Parts of JSON Schemas. */
export const text = { type: "string" };
export const number = { type: "number" };

export function object(
  properties: Record<string, unknown>,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return { type: "object", properties, ...more };
}

/** A tool of the OpenAI Agents SDK itself, of parameters that its types would not let through. */
export function sdkTool(
  parameters: unknown,
  execute: (input: unknown) => unknown = () => "",
  strict?: boolean,
): FunctionTool {
  const options = { name: "t", description: "d", errorFunction: null, execute, parameters, strict };
  return tool(options as unknown as Parameters<typeof tool>[0]);
}
