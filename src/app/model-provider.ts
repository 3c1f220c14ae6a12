import { DEFAULT_MODEL } from "../agents/model-defaults.ts";
import type { Model, ModelProvider } from "../agents/model.ts";
import { createChatModel, createOfflineModel, createResponsesModel } from "../models/late.ts";
import {
  findProvided,
  keysAtHand,
  providerNames,
  type ProvidedModel,
  type ProviderSettings,
} from "../models/providers.ts";
import type { OpenAiClientOptions } from "../openai/client.ts";

/** The model that needs no key and no network. */
export const OFFLINE = "offline";

type Environment = Readonly<Record<string, string | undefined>>;

type Providers = Readonly<Record<string, ProviderSettings>>;

/**
 * Models by name, as the environment sets them up: `OPENAI_API_KEY`, `OPENAI_BASE_URL`,
 * `OPENAI_API` (`responses` or `chat`), `HOLDPOINT_MODEL` or `OPENAI_DEFAULT_MODEL`; `offline`
 * needs none of them. `provider/model` is a model of another provider, known or one of `own`.
 * What a model needs is loaded with its first call.
 */
export function createModelProvider(env: Environment, own: Providers = {}): ModelProvider {
  const models = new Map<string, Model>();
  return {
    async getModel(name) {
      const chosen = name ?? defaultModelName(env);
      const known = models.get(chosen);
      if (known !== undefined) return known;
      const model = await loadModel(chosen, { env, own });
      models.set(chosen, model);
      return model;
    },
  };
}

/** The model that is called where nobody names one. */
export function defaultModelName(env: Environment): string {
  return (
    valueOf(env, "HOLDPOINT_MODEL") ??
    valueOf(env, "OPENAI_DEFAULT_MODEL")?.toLowerCase() ??
    DEFAULT_MODEL
  );
}

/** The model of agents that name none, where the environment has no other: none that needs a key. */
export function modelWithout(env: Environment): string | undefined {
  const hasModel = valueOf(env, "OPENAI_API_KEY") ?? valueOf(env, "HOLDPOINT_MODEL");
  return hasModel === undefined ? OFFLINE : undefined;
}

/** A variable that is empty says nothing. */
function valueOf(env: Environment, name: string): string | undefined {
  return env[name] === "" ? undefined : env[name];
}

interface Setting {
  env: Environment;
  own: Providers;
}

async function loadModel(name: string, { env, own }: Setting): Promise<Model> {
  if (name === OFFLINE) return createOfflineModel();
  const { missingKey, api, ...options } = findProvided(name, { env, own }) ?? ofOpenAi(name, env);
  if (missingKey !== undefined) throw await noKey(name, missingKey, { env, own });
  return api === "chat" ? createChatModel(options) : createResponsesModel(options);
}

function ofOpenAi(name: string, env: Environment): ProvidedModel {
  const { apiKey, baseUrl, ...rest } = openAiOptions(env);
  const isReachable = apiKey !== undefined || baseUrl !== undefined;
  return {
    isOther: false,
    api: env["OPENAI_API"] === "chat" ? "chat" : "responses",
    // At another address, `openai/` may be part of the name that is known there.
    model: baseUrl === undefined ? name.replace(/^openai\//, "") : name,
    apiKey,
    baseUrl,
    ...rest,
    ...(isReachable ? {} : { missingKey: "OPENAI_API_KEY" }),
  };
}

/** Says the variable that is missing, and what would do without it. */
async function noKey(name: string, variable: string, { env, own }: Setting): Promise<Error> {
  const others = keysAtHand(env).map(({ variable: key, example }) => `${example} (${key} is set)`);
  const alternatives = others.length > 0 ? others : [`"${OFFLINE}", which needs no key`];
  const known = providerNames(own).map((provider) => `${provider}/`);
  const { ModelError } = await import("../openai/model-error.ts");
  return new ModelError(
    "unauthorized",
    `Cannot call model "${name}": ${variable} is not set. Set it, or name another model: ${alternatives.join(", ")}. Models of others begin with ${known.join(", ")}`,
  );
}

/** What a person should know where agents run offline for want of a key. */
export function offlineNote(who: string, env: Environment): string {
  const note = `no OPENAI_API_KEY: ${who} offline, without a language model`;
  const [other] = keysAtHand(env);
  if (other === undefined) return note;
  return `${note} (${other.variable} is set: HOLDPOINT_MODEL=${other.example} uses it)`;
}

/** How OpenAI is reached, as the environment says. */
export function openAiOptions(env: Environment): OpenAiClientOptions {
  return {
    ...setting("apiKey", env["OPENAI_API_KEY"]),
    ...setting("baseUrl", env["OPENAI_BASE_URL"]),
    ...setting("organization", env["OPENAI_ORG_ID"]),
    ...setting("project", env["OPENAI_PROJECT_ID"]),
  };
}

/** A field that is there only when it was set. */
function setting<K extends string>(key: K, value: string | undefined): { [k in K]?: string } {
  return value === undefined || value === "" ? {} : ({ [key]: value } as { [k in K]: string });
}
