import { sessionContract } from "../contracts/session-contract.ts";
import { ForeignSession } from "../support/foreign-session.ts";

let opened = 0;

sessionContract("foreign", async (sessionId) => {
  opened += 1;
  return new ForeignSession({ sessionId: sessionId ?? `foreign ${opened}` });
});
