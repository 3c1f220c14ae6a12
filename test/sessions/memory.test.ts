import { describe, expect, it } from "vitest";

import { MemorySession } from "../../src/sessions/memory.ts";
import {
  ownSessionContract,
  says,
  sessionContract,
  type OpenSession,
} from "../contracts/session-contract.ts";

const open: OpenSession<MemorySession> = async (sessionId) =>
  new MemorySession(sessionId === undefined ? {} : { sessionId });

sessionContract("memory", open);
ownSessionContract("memory", open);

describe("memory session", () => {
  it("begins with what it is given, as a copy", async () => {
    const initialItems = [says("before")];
    const session = new MemorySession({ initialItems });
    initialItems.push(says("later"));
    expect(await session.getItems()).toEqual([says("before")]);
  });
});
