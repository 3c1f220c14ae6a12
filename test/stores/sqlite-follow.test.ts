import { expect, it, onTestFinished, vi } from "vitest";

import { HoldpointError } from "../../src/lib/errors.ts";
import { openSqliteConnection, type SqliteConnection } from "../../src/sqlite/connection.ts";
import { followOthers } from "../../src/stores/sqlite-follow.ts";
import { createPayments } from "../support/payments.ts";
import { startPaused, useSite, yes } from "../support/run-services.ts";

const openSite = useSite("sqlite");

it("tells of what was written before it could look at the file for the first time", async () => {
  const site = await openSite();
  const service = await site.open([createPayments().agent]);
  const { approvalId } = await startPaused(service, 'pay {"amount": 5}');
  await service.close();
  const desk = await site.open([]);
  const connection = await openSqliteConnection({ path: desk.location });
  onTestFinished(() => connection.close());
  let isOut = true;
  const out: SqliteConnection = {
    ...connection,
    async read(work) {
      if (isOut) throw new HoldpointError("store_unavailable", "The disk is away");
      return connection.read(work);
    },
  };
  const told: unknown[] = [];
  const unfollow = followOthers(out, { tell: (runId) => void told.push(runId), own: new Map() });
  onTestFinished(unfollow);
  await desk.decide(approvalId, yes());
  isOut = false;
  await vi.waitFor(() => expect(told).not.toEqual([]), { timeout: 5_000 });
});
