import { createModelProvider } from "./model-provider.ts";
import { setDefaultModelProvider } from "./runner/config.ts";

setDefaultModelProvider(createModelProvider(process.env));
