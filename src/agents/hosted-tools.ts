import { toSnakeCase } from "../lib/snake-case.ts";
import type { HostedTool } from "./function-tool.ts";

export interface WebSearchToolOptions {
  name?: string;
  userLocation?: {
    type: "approximate";
    city?: string | null;
    country?: string | null;
    region?: string | null;
    timezone?: string | null;
  } | null;
  filters?: { allowedDomains?: string[] | null };
  /** Default `"medium"`. */
  searchContextSize?: "low" | "medium" | "high";
  externalWebAccess?: boolean;
}

/** Lets the provider search the web. */
export function webSearchTool(options: WebSearchToolOptions = {}): HostedTool {
  const { filters, searchContextSize = "medium", ...rest } = options;
  const domains = filters?.allowedDomains ?? undefined;
  return hostedTool("web_search", {
    ...rest,
    filters: domains && { allowed_domains: domains },
    searchContextSize,
  });
}

export interface FileSearchToolOptions {
  name?: string;
  maxNumResults?: number;
  includeSearchResults?: boolean;
  /** As the provider's API spells them, like `filters`. */
  rankingOptions?: object;
  filters?: object;
}

/** Lets the provider search files in its vector stores. */
export function fileSearchTool(
  vectorStoreIds: string | string[],
  options: FileSearchToolOptions = {},
): HostedTool {
  return hostedTool("file_search", { vectorStoreIds: [vectorStoreIds].flat(), ...options });
}

export interface CodeInterpreterToolOptions {
  name?: string;
  /** The id of a container, or what a new one is made of; default `{ type: "auto" }`. */
  container?: string | object;
}

/** Lets the provider run code in a container of its own. */
export function codeInterpreterTool(options: CodeInterpreterToolOptions = {}): HostedTool {
  return hostedTool("code_interpreter", { container: { type: "auto" }, ...options });
}

export interface ImageGenerationToolOptions {
  name?: string;
  action?: string;
  background?: string;
  inputFidelity?: "high" | "low" | null;
  inputImageMask?: object;
  model?: string;
  moderation?: string;
  outputCompression?: number;
  outputFormat?: string;
  partialImages?: number;
  quality?: string;
  size?: string;
}

/** Lets the provider draw. */
export function imageGenerationTool(options: ImageGenerationToolOptions = {}): HostedTool {
  return hostedTool("image_generation", { ...options });
}

/** A hosted tool, its options named as in the provider's API; what is not set is left out. */
function hostedTool(
  type: string,
  { name = type, ...options }: { name?: string; [option: string]: unknown },
): HostedTool {
  const set = Object.entries(options).filter(([, value]) => value !== undefined);
  const fields = set.map(([option, value]) => [toSnakeCase(option), value]);
  return { type: "hosted_tool", name, providerData: { type, name, ...Object.fromEntries(fields) } };
}
