import { randomUUID } from "node:crypto";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { OwnSession, Sessions } from "../../src/agents/session.ts";
import { isOwnSession } from "../../src/agents/session.ts";
import { createPostgresSessions } from "../../src/sessions/postgres.ts";
import {
  ownSessionContract,
  says,
  saysAll,
  sessionContract,
} from "../contracts/session-contract.ts";
import { hasPostgres, makeSchemaUrl } from "../support/postgres.ts";

describe.skipIf(!hasPostgres())("PostgreSQL", { timeout: 60_000 }, () => {
  let url = "";
  let sessions: Sessions;

  beforeEach(async () => {
    url = await makeSchemaUrl();
    sessions = createPostgresSessions({ url });
  });

  afterEach(async () => {
    await sessions.close();
  });

  const open = async (sessionId: string = randomUUID()): Promise<OwnSession> =>
    sessions.session(sessionId) as OwnSession;

  sessionContract("PostgreSQL", open);
  ownSessionContract("PostgreSQL", open);

  it("is one whose items are written once, and found by other processes", async () => {
    const session = await open("ses_a");
    expect(isOwnSession(session)).toBe(true);
    await session.addItems(saysAll(2));
    const others = createPostgresSessions({ url });
    expect(await others.session("ses_a").getItems()).toEqual(saysAll(2));
    await others.close();
  });

  it("keeps the conversations of tenants apart", async () => {
    await (await open("ses_a")).addItems([says("mine")]);
    const others = createPostgresSessions({ url, tenant: "other" });
    expect(await others.session("ses_a").getItems()).toEqual([]);
    await others.close();
  });

  it("refuses an id that cannot be stored", async () => {
    const refused = (await open("a\0b")).getItems();
    await expect(refused).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("can no longer be used once it is closed", async () => {
    const session = await open("ses_a");
    await session.getItems();
    await sessions.close();
    await expect(session.getItems()).rejects.toMatchObject({ code: "store_unavailable" });
  });
});
