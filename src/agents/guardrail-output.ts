export interface GuardrailFunctionOutput {
  tripwireTriggered: boolean;
  outputInfo: unknown;
}

export type ToolGuardrailBehavior =
  | { type: "allow" }
  | { type: "rejectContent"; message: string }
  | { type: "throwException" };

export interface ToolGuardrailFunctionOutput {
  outputInfo?: unknown;
  behavior: ToolGuardrailBehavior;
}
