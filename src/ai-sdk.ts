export {
  aisdk,
  type AiSdkModelOptions,
  type AiSdkOutputTextTransformContext,
} from "./models/ai-sdk-model.ts";
export type { AiSdkLanguageModel } from "./models/ai-sdk-spec.ts";
