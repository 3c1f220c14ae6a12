import { answerOf, type MaybePromise } from "../lib/pending.ts";
import type { AnyAgent } from "./agent.ts";
import { UserError } from "./errors.ts";
import type { RunConfig } from "./face/config.ts";
import type { Model, ModelProvider, ModelSettings } from "./model.ts";

/** What an agent without a model of its own calls, where nothing says otherwise. */
export const DEFAULT_MODEL = "gpt-5.6-luna";

let defaultName = (): string => DEFAULT_MODEL;

/** Says what models are called that nobody names; asked for each call. */
export function setDefaultModelName(name: () => string): void {
  defaultName = name;
}

/** Chat aliases of reasoning models, which take no effort. */
const chatAlias = /^gpt-5(\.[1-3])?-chat-latest$/;
const version = /^gpt-(\d+)(?:\.\d+)?(?:-|$)/;

/** Least efforts of models that are known to take them; a date may follow the name. */
const efforts: readonly [pattern: RegExp, effort: string][] = [
  [/^gpt-6-astra$/, "low"],
  [/^gpt-5(-\d{4}-\d{2}-\d{2})?$/, "low"],
  [/^gpt-5\.2-codex$/, "low"],
  [/^gpt-5\.3-codex$/, "none"],
  [/^gpt-5\.[24]-pro(-\d{4}-\d{2}-\d{2})?$/, "medium"],
  [/^gpt-5\.[1245](-\d{4}-\d{2}-\d{2})?$/, "none"],
  [/^gpt-5\.4-(mini|nano)(-\d{4}-\d{2}-\d{2})?$/, "none"],
  [/^gpt-5\.6$/, "none"],
  [/^gpt-5\.6-(sol|terra|luna)(-\d{4}-\d{2}-\d{2})?$/, "none"],
];

/** Settings that go with a model's name, where an agent has none. */
export function settingsOfModel(name: string): ModelSettings {
  if (chatAlias.test(name) || Number(version.exec(name)?.[1] ?? 0) < 5) return {};
  const effort = efforts.find(([pattern]) => pattern.test(name))?.[1];
  const text = { verbosity: "low" };
  return effort === undefined ? { text } : { reasoning: { effort }, text };
}

/** What is sent though nobody said it, beneath all settings that somebody gave. */
export function implicitSettings(agent: AnyAgent, config: RunConfig): ModelSettings {
  if (agent.hasExplicitModelSettings()) return {};
  const choice = choiceOf(agent, config);
  if (typeof choice !== "string") return {};
  return settingsOfModel(choice === "" ? defaultName() : choice);
}

let defaultProvider: ModelProvider | undefined;

/** The provider of models that are given by name, where a runner has none of its own. */
export function setDefaultModelProvider(provider: ModelProvider): void {
  defaultProvider = provider;
}

/** The model of an agent's next call. @throws UserError when a name is given and nobody knows it */
export function resolveModel(agent: AnyAgent, config: RunConfig): MaybePromise<Model> {
  const choice = choiceOf(agent, config);
  if (typeof choice !== "string") return choice;
  const provider = config.modelProvider ?? defaultProvider;
  if (provider === undefined) {
    throw new UserError(`Cannot call model "${choice}": set a model object or a modelProvider`);
  }
  const name = choice === "" ? undefined : choice;
  return answerOf(provider.getModel(name), `getModel of the modelProvider for "${choice}"`);
}

/** A model, or the name of one; an empty name is nobody's. */
function choiceOf(agent: AnyAgent, config: RunConfig): string | Model {
  return agent.model === "" ? (config.model ?? "") : agent.model;
}
