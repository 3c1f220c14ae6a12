export {
  call,
  createScriptedModel,
  message,
  reasoning,
  type ScriptedModel,
  type ScriptedTurn,
} from "./models/scripted.ts";
