import { hostname } from "node:os";

import { describe, expect, it } from "vitest";

import { Agent } from "../../src/agents/agent.ts";
import type { AnyDraft } from "../../src/engine/entries.ts";
import { createScriptedModel, message } from "../../src/models/scripted.ts";
import { startInbox } from "../../src/web/inbox.ts";
import { signInWith } from "../support/inbox-client.ts";
import {
  recorderOf,
  storeKinds,
  useSite,
  waitFor,
  type StoreKind,
} from "../support/run-services.ts";

/** Stores that know of processes: a memory store has one. */
const kinds: readonly StoreKind[] = storeKinds.filter((kind) => kind !== "memory");

const gone = (instance: string) => ({ instance, pid: 1, host: hostname() });

describe.each(kinds)("a run that %s has, and that processes were at which are gone,", (kind) => {
  const openSite = useSite(kind);

  /** A run with these entries after its start, and who could go on with it. */
  const openRun = async (toDrafts: (own: ReturnType<typeof gone>) => readonly AnyDraft[]) => {
    const site = await openSite();
    const model = createScriptedModel([[message("done")]]);
    const agent = new Agent({ name: "A", model });
    const face = await site.open([agent], { maxRunsAtOnce: 0 });
    const runId = await face.start({ input: "go" });
    const store = await site.connect();
    // Who takes a lease can be asked after.
    await store.claimRun(runId, { owner: "own_x", leaseMs: 5_000 });
    await store.release(runId, "own_x");
    const recorder = await recorderOf(store, runId);
    for (const draft of toDrafts(store.starter!.process)) {
      const epoch = recorder.journal.state.epoch + 1;
      const isClaim = draft.type === "run_claimed";
      // One after the other.
      // oxlint-disable-next-line no-await-in-loop
      await recorder.append([isClaim ? { ...draft, format: 2, owner: "x", epoch } : draft]);
    }
    const service = await site.open([agent]);
    service.recover();
    return { service, runId, model };
  };

  const claimed = (instance: string): AnyDraft => ({
    type: "run_claimed",
    process: gone(instance),
  });
  const left: AnyDraft = { type: "run_left" };
  const added: AnyDraft = {
    type: "input_added",
    items: [{ role: "user", content: "more" }],
  };
  const shown: AnyDraft = { type: "approval_shown", approvalId: "a", by: "b", channel: "inbox" };

  it.each<[string, readonly AnyDraft[]]>([
    ["two", [claimed("a"), claimed("b")]],
    ["two, and somebody looked at it", [claimed("a"), shown, claimed("b")]],
    ["two, and one that was closed between them", [claimed("a"), claimed("c"), left, claimed("b")]],
  ])("%s, is put aside until somebody resumes it", async (_what, drafts) => {
    const { service, runId, model } = await openRun(() => drafts);
    const { error } = await waitFor(service, runId, "failed");
    expect(error).toMatchObject({ code: "process_died", resumable: true });
    expect(model.requests).toEqual([]);
    await service.resume(runId);
    await waitFor(service, runId, "completed");
  });

  it.each<[string, (own: ReturnType<typeof gone>) => readonly AnyDraft[]]>([
    ["one", () => [claimed("a")]],
    [
      "two by turns with one that lives",
      (own) => [claimed("a"), { ...claimed("b"), process: own }],
    ],
    ["two that were closed", () => [claimed("a"), left, claimed("b"), left]],
    ["the same twice", () => [claimed("a"), claimed("a")]],
    ["two with a word between them", () => [claimed("a"), added, claimed("b")]],
    [
      "two, the second since a person resumed it",
      () => [claimed("a"), { ...claimed("b"), by: "ada", channel: "terminal", level: "person" }],
    ],
  ])("%s, goes on by itself", async (_what, toDrafts) => {
    const { service, runId } = await openRun(toDrafts);
    await waitFor(service, runId, "completed");
  });

  it("is named by the inbox, with what lets it go on", async () => {
    const { service, runId } = await openRun(() => [claimed("a"), claimed("b")]);
    await waitFor(service, runId, "failed");
    const log = { info: () => {}, warn: () => {} };
    const inbox = await startInbox({ service, log, by: "ada" });
    const browser = await signInWith(inbox.link("person"));
    const page = await browser.get("/api/pending");
    expect(page.body).toContain(`Run ${runId} was put aside`);
    await service.resume(runId);
    await waitFor(service, runId, "completed");
    const after = await browser.get("/api/pending");
    expect(after.body).not.toContain("put aside");
    await inbox.close();
  });
});
