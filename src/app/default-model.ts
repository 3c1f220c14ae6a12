import { createModelProvider, defaultModelName, openAiOptions } from "./model-provider.ts";
import { setDefaultModelName, setDefaultModelProvider } from "../agents/model-defaults.ts";
import { setDefaultOpenAiOptions } from "../openai/client.ts";

setDefaultModelProvider(createModelProvider(process.env));
setDefaultModelName(() => defaultModelName(process.env));
setDefaultOpenAiOptions(() => openAiOptions(process.env));
