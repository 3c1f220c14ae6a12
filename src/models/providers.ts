import { HoldpointError } from "../lib/errors.ts";

/** Who serves models, and how it is asked. */
export interface ProviderSettings {
  /** OpenAI's Responses, or its Chat Completions, which most others speak. */
  api: "responses" | "chat";
  /** With the version in it, such as `http://127.0.0.1:11434/v1`; absent: OpenAI's own. */
  baseUrl?: string | undefined;
  apiKey?: string | undefined;
}

interface KnownProvider {
  baseUrl: string;
  /** Environment variables that hold its key, the first that is set; none: it needs no key. */
  keys: readonly string[];
  /** Variable that names another address. */
  address?: string;
}

/** Endpoints for Chat Completions, and variables, as the providers' own documentation has them. */
const known: Readonly<Record<string, KnownProvider>> = {
  // platform.claude.com/docs, "OpenAI SDK compatibility"
  anthropic: { baseUrl: "https://api.anthropic.com/v1/", keys: ["ANTHROPIC_API_KEY"] },
  // ai.google.dev/gemini-api/docs/openai
  google: {
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai/",
    keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
  },
  // docs.ollama.com, "OpenAI compatibility"
  ollama: { baseUrl: "http://127.0.0.1:11434/v1", keys: [], address: "OLLAMA_HOST" },
  // openrouter.ai/docs/quickstart
  openrouter: { baseUrl: "https://openrouter.ai/api/v1", keys: ["OPENROUTER_API_KEY"] },
};

type Environment = Readonly<Record<string, string | undefined>>;

/** A model of a provider that is not OpenAI. */
export interface ProvidedModel extends ProviderSettings {
  /** Its name for the provider: without the provider's. */
  model: string;
  /** Whether it is not of OpenAI. */
  isOther?: boolean | undefined;
  /** What to set when there is no key, and one is needed. */
  missingKey?: string | undefined;
}

/**
 * The model that `provider/model` names: of one of `own`, else of a known provider. `undefined`
 * for every other name, and where `OPENAI_BASE_URL` leads to who serves models of many, and the
 * named provider has no key here.
 */
export function findProvided(
  name: string,
  { env, own }: { env: Environment; own: Readonly<Record<string, ProviderSettings>> },
): ProvidedModel | undefined {
  const slash = name.indexOf("/");
  const [provider, model] = [name.slice(0, slash), name.slice(slash + 1)];
  if (slash < 1 || model === "") return undefined;
  const named = Object.hasOwn(own, provider) ? own[provider] : undefined;
  if (named !== undefined) return { ...named, model, isOther: true };
  const found = Object.hasOwn(known, provider) ? known[provider] : undefined;
  if (found === undefined) return undefined;
  const apiKey = found.keys.map((key) => env[key]).find((key) => key !== undefined && key !== "");
  if (apiKey === undefined && (env["OPENAI_BASE_URL"] ?? "") !== "") return undefined;
  const missingKey = apiKey === undefined ? found.keys[0] : undefined;
  const baseUrl = addressOf(found, env);
  return { api: "chat", baseUrl, apiKey, model, isOther: true, missingKey };
}

/** Ollama's variable has a host and port, with or without a scheme. */
function addressOf({ baseUrl, address }: KnownProvider, env: Environment): string {
  const host = address === undefined ? undefined : env[address];
  if (host === undefined || host === "") return baseUrl;
  const url = URL.parse(/^https?:\/\//.test(host) ? host : `http://${host}`);
  if (url === null) {
    throw new HoldpointError("config_invalid", `${address} must be a host, with a port or without`);
  }
  if (url.port === "" && url.protocol === "http:" && !/:80\/?$/.test(host)) url.port = "11434";
  // The address that a server listens at everywhere is none to call.
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  return new URL("v1", url.href.endsWith("/") ? url : `${url.href}/`).href;
}

/** The names of all who can stand before the slash. */
export function providerNames(own: Readonly<Record<string, ProviderSettings>>): string[] {
  return [...new Set([...Object.keys(own), ...Object.keys(known)])];
}

/** The variables whose key is here, each with what a model of it is called. */
export function keysAtHand(env: Environment): { variable: string; example: string }[] {
  return Object.entries(known).flatMap(([provider, { keys }]) => {
    const variable = keys.find((key) => env[key] !== undefined && env[key] !== "");
    return variable === undefined ? [] : [{ variable, example: `${provider}/MODEL` }];
  });
}
