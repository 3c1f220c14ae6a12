import type { OpenAI } from "openai";
import { ModelError } from "./model-error.ts";

export interface OpenAiClientOptions {
  /** Needed for OpenAI itself; servers at another `baseUrl` may do without. */
  apiKey?: string | undefined;
  /** With the version in it, such as `http://127.0.0.1:11434/v1`. */
  baseUrl?: string | undefined;
  organization?: string | undefined;
  project?: string | undefined;
  /** Whether this is another provider: what `OPENAI_CUSTOM_HEADERS` says is not for it. */
  isOther?: boolean | undefined;
  /** An open client; the key, address, organization and project are then its own. */
  client?: OpenAI | undefined;
}

/**
 * Loads the `openai` package. Nothing is read from the environment, save for
 * `OPENAI_CUSTOM_HEADERS`, which the package reads by itself.
 *
 * @param purpose what cannot be done without a key, for the error
 * @throws ModelError `unauthorized` without a key, a client or another address
 */
export async function openClient(options: OpenAiClientOptions, purpose: string): Promise<OpenAI> {
  if (options.client !== undefined) return options.client;
  if (options.apiKey === undefined && options.baseUrl === undefined) {
    throw new ModelError("unauthorized", `Cannot ${purpose}: there is no API key`);
  }
  const { OpenAI: Client } = await import("openai");
  const { apiKey, isOther = false } = options;
  return new Client({
    // The client insists on a key; without one the header that carries it is left out.
    apiKey: apiKey ?? "none",
    defaultHeaders: {
      ...(isOther ? withoutCustomHeaders() : {}),
      ...(apiKey === undefined ? { authorization: null } : {}),
      ...(isOther && apiKey !== undefined ? { authorization: `Bearer ${apiKey}` } : {}),
    },
    baseURL: options.baseUrl ?? "https://api.openai.com/v1",
    // What is left undefined is read from the environment.
    adminAPIKey: null,
    organization: options.organization ?? null,
    project: options.project ?? null,
    webhookSecret: null,
    logLevel: "off",
  });
}

/** The headers that the package takes from the environment, each left out. */
function withoutCustomHeaders(): Record<string, null> {
  const lines = (process.env["OPENAI_CUSTOM_HEADERS"] ?? "").split("\n");
  const names = lines.map((line) => line.slice(0, line.indexOf(":")).trim().toLowerCase());
  return Object.fromEntries(names.filter((name) => name !== "").map((name) => [name, null]));
}

let readDefaults: () => OpenAiClientOptions = () => ({});

/** Sets where options come from that were given to nobody. */
export function setDefaultOpenAiOptions(read: () => OpenAiClientOptions): void {
  readDefaults = read;
}

export function defaultOpenAiOptions(): OpenAiClientOptions {
  return readDefaults();
}
