import { createModelProvider, defaultModelName, openAiOptions } from "./model-provider.ts";
import { setDefaultModelName } from "../agents/model-defaults.ts";
import { setDefaultOpenAiOptions } from "../openai/client.ts";
import { setDefaultModelProvider } from "../agents/face/config.ts";

setDefaultModelProvider(createModelProvider(process.env));
setDefaultModelName(() => defaultModelName(process.env));
setDefaultOpenAiOptions(() => openAiOptions(process.env));
