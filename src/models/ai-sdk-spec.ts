import { UserError } from "../agents/errors.ts";
import { isJsonObject } from "../lib/json.ts";

/**
 * A language model of the AI SDK: `LanguageModelV2`, `V3` or `V4` of `@ai-sdk/provider`. Told by
 * its shape, so that no version of that package is needed.
 */
export interface AiSdkLanguageModel {
  readonly specificationVersion?: string;
  readonly provider: string;
  readonly modelId: string;
  doGenerate(options: never): PromiseLike<unknown>;
  doStream(options: never): PromiseLike<unknown>;
}

export type AiSdkVersion = "v2" | "v3" | "v4";

/** An object as the AI SDK takes and gives it. */
export type AiSdkObject = Record<string, unknown>;

/** What the shape of messages and answers depends on. */
export interface AiSdkTarget {
  version: AiSdkVersion;
  provider: string;
  modelId: string;
}

/** @throws UserError for what is no language model, or one of a specification that is not known */
export function toTarget(model: AiSdkLanguageModel): AiSdkTarget {
  const given: unknown = model;
  const isModel =
    isModelLike(given) && typeof given.doGenerate === "function" && "doStream" in given;
  if (!isModel) {
    throw new UserError(
      'Cannot make a model: aisdk() takes a language model of the AI SDK, such as openai("gpt-5.4") of @ai-sdk/openai',
    );
  }
  const { provider, modelId, specificationVersion: said = "v2" } = model;
  const version = (["v2", "v3", "v4"] as const).find((known) => said.startsWith(known));
  if (version === undefined) {
    throw new UserError(
      `Cannot use model "${modelId}": it is of specification ${said} of the AI SDK, and v2, v3 and v4 are known`,
    );
  }
  return { version, provider, modelId };
}

function isModelLike(value: unknown): value is AiSdkObject {
  return (typeof value === "object" || typeof value === "function") && value !== null;
}

/** The provider's own name, by which its options and files go: `openai` of `openai.responses`. */
export function optionsName({ provider }: AiSdkTarget): string {
  return provider.split(".")[0] ?? provider;
}

/** What an item of a model's answer keeps: whose it is, and what the provider wants back. */
export function toKept(target: AiSdkTarget, metadata: unknown): AiSdkObject {
  const model = `${target.provider}:${target.modelId}`;
  return { model, ...(isJsonObject(metadata) ? metadata : {}) };
}

/**
 * What goes back to the provider beside a part, by provider; nothing of what another model said of
 * itself, such as signatures, which are refused elsewhere.
 */
export function toOptions(
  target: AiSdkTarget,
  ...all: (AiSdkObject | undefined)[]
): { providerOptions?: AiSdkObject } {
  const options: AiSdkObject = {};
  for (const { model, ...byProvider } of all.filter((data) => data !== undefined)) {
    if (typeof model === "string" && !isOf(target, model)) continue;
    for (const [name, fields] of Object.entries(byProvider)) {
      if (!isJsonObject(fields)) continue;
      const before = options[name];
      options[name] = isJsonObject(before) ? { ...before, ...fields } : fields;
    }
  }
  return Object.keys(options).length === 0 ? {} : { providerOptions: options };
}

/** Names as `@openai/agents-extensions` writes them into items, too. */
export function isOf({ provider, modelId }: AiSdkTarget, model: string): boolean {
  const name = model.toLowerCase();
  return [`${provider}:${modelId}`, modelId, provider].some((own) => own.toLowerCase() === name);
}
