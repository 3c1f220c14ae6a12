import { DEFAULT_MODEL } from "./agents/model-defaults.ts";
import type { Model, ModelProvider } from "./agents/model.ts";
import type { OpenAiClientOptions } from "./openai/client.ts";

/** The model that needs no key and no network. */
export const OFFLINE = "offline";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Models by name, as the environment sets them up: `OPENAI_API_KEY`, `OPENAI_BASE_URL`,
 * `OPENAI_API` (`responses` or `chat`), `HOLDPOINT_MODEL` or `OPENAI_DEFAULT_MODEL`; `offline` needs none of them. What a
 * model needs is loaded with its first call.
 */
export function createModelProvider(env: Environment): ModelProvider {
  const models = new Map<string, Model>();
  return {
    async getModel(name) {
      const chosen = name ?? defaultModelName(env);
      const known = models.get(chosen);
      if (known !== undefined) return known;
      const model = await loadModel(chosen, env);
      models.set(chosen, model);
      return model;
    },
  };
}

/** The model that is called where nobody names one. */
export function defaultModelName(env: Environment): string {
  return env["HOLDPOINT_MODEL"] ?? env["OPENAI_DEFAULT_MODEL"]?.toLowerCase() ?? DEFAULT_MODEL;
}

/** The model of agents that name none, where the environment has no other: none that needs a key. */
export function modelWithout(env: Environment): string | undefined {
  const hasModel = env["OPENAI_API_KEY"] !== undefined || env["HOLDPOINT_MODEL"] !== undefined;
  return hasModel ? undefined : OFFLINE;
}

async function loadModel(name: string, env: Environment): Promise<Model> {
  if (name === OFFLINE) {
    const { createOfflineModel } = await import("./models/offline.ts");
    return createOfflineModel();
  }
  const options = { model: name, ...openAiOptions(env) };
  if (env["OPENAI_API"] === "chat") {
    const { createChatModel } = await import("./models/chat.ts");
    return createChatModel(options);
  }
  const { createResponsesModel } = await import("./models/responses.ts");
  return createResponsesModel(options);
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
