import { checkKeyText } from "../lib/key-text.ts";

/** The texts by which runs are found, as errors name them. */
const members = {
  agent: "agent name",
  source: "source",
  sessionId: "session id",
  idempotencyKey: "idempotency key",
  intentKey: "intent key",
} as const;

/** @throws HoldpointError `invalid_input`, naming the first that a store cannot keep */
export function checkKeys(keys: { [member in keyof typeof members]?: string | undefined }): void {
  checkKeyText(members.agent, keys.agent);
  checkKeyText(members.source, keys.source);
  checkKeyText(members.sessionId, keys.sessionId);
  checkKeyText(members.idempotencyKey, keys.idempotencyKey);
  checkKeyText(members.intentKey, keys.intentKey);
}
