import type { Model, ModelProvider } from "./agents/model.ts";
import type { OpenAiClientOptions } from "./openai/client.ts";

/** What an agent without a model of its own calls, unless `HOLDPOINT_MODEL` says otherwise. */
const DEFAULT_MODEL = "gpt-5.6-luna";

/** The model that needs no key and no network. */
export const OFFLINE = "offline";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Models by name, as the environment sets them up: `OPENAI_API_KEY`, `OPENAI_BASE_URL`,
 * `OPENAI_API` (`responses` or `chat`), `HOLDPOINT_MODEL`; `offline` needs none of them. What a
 * model needs is loaded with its first call.
 */
export function createModelProvider(env: Environment): ModelProvider {
  const models = new Map<string, Model>();
  return {
    async getModel(name) {
      const chosen = name ?? env["HOLDPOINT_MODEL"] ?? DEFAULT_MODEL;
      const known = models.get(chosen);
      if (known !== undefined) return known;
      const model = await loadModel(chosen, env);
      models.set(chosen, model);
      return model;
    },
  };
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
