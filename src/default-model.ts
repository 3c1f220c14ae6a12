import { createModelProvider, openAiOptions } from "./model-provider.ts";
import { setDefaultOpenAiOptions } from "./openai/client.ts";
import { setDefaultModelProvider } from "./agents/face/config.ts";

setDefaultModelProvider(createModelProvider(process.env));
setDefaultOpenAiOptions(() => openAiOptions(process.env));
