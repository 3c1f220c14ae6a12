import { expect, it } from "vitest";

import { startOf } from "../support/journal-lines.ts";
import type { OpenRunStore } from "../support/run-stores.ts";

/** Part of `runStoreContract`. */
export function describeKeys(open: OpenRunStore): void {
  const bad = ["secret\0tail", "\0", "secret\ud800", "\udfff secret", "\ude00\ud83d"];
  const members = [
    { member: "sessionId", name: "session id" },
    { member: "idempotencyKey", name: "idempotency key" },
    { member: "source", name: "source" },
    { member: "agent", name: "agent name" },
  ] as const;
  const cases = members.flatMap((each) => bad.map((text) => ({ ...each, text })));

  it.each(cases)(
    "refuses the $name $text, and does not repeat it",
    async ({ member, name, text }) => {
      const store = await open();
      const refused = store.append(startOf("run_a", { [member]: text }));
      const error: unknown = await refused.catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: "invalid_input" });
      expect(error).toMatchObject({ message: expect.stringContaining(`The ${name} has`) });
      expect(error).toMatchObject({ message: expect.not.stringContaining("secret") });
      expect((await store.listRuns({ limit: 9 })).runs).toEqual([]);
    },
  );

  it.each(bad)("takes no run whose id is %j: another could become the same", async (text) => {
    const store = await open();
    await expect(store.append(startOf(text))).rejects.toMatchObject({ code: "invalid_input" });
    expect((await store.listRuns({ limit: 9 })).runs).toEqual([]);
  });

  it.each(bad)("looks nothing up by %j: it would be found as something else", async (text) => {
    const store = await open();
    const refused = { code: "invalid_input" };
    await expect(store.findByIdempotencyKey(text)).rejects.toMatchObject(refused);
    await expect(store.findUnfinishedRun(text)).rejects.toMatchObject(refused);
    await expect(store.listRuns({ limit: 9, agent: text })).rejects.toMatchObject(refused);
    await expect(store.listRuns({ limit: 9, sessionId: text })).rejects.toMatchObject(refused);
    const claim = store.claim({ sources: [text], owner: "own_a", limit: 1, leaseMs: 1 });
    await expect(claim).rejects.toMatchObject(refused);
  });

  it("takes every other text as it is", async () => {
    const store = await open();
    const text = " \u{1f98a}\ufffd\u200b\u0001'\"; DROP TABLE runs; --";
    const keys = { sessionId: text, idempotencyKey: text, source: text, agent: text };
    const batch = startOf("run_a", keys);
    await store.append(batch);
    expect(await store.findByIdempotencyKey(text)).toEqual(batch.summary);
    expect(await store.findUnfinishedRun(text)).toEqual(batch.summary);
    const request = { sources: [text], owner: "own_a", limit: 1, leaseMs: 1 };
    expect(await store.claim(request)).toEqual([batch.summary]);
  });
}
