import { expect, it } from "vitest";

import type { AnyDraft } from "../../src/engine/entries.ts";
import { createJournal } from "../../src/engine/journal.ts";
import { gatewayFolders } from "../../src/gateway/folder.ts";
import { meet, type Proposed } from "../../src/gateway/meet.ts";
import { openingOf } from "../../src/gateway/opening.ts";
import { createStandings } from "../../src/gateway/standings.ts";
import type { RunId } from "../../src/lib/ids.ts";

const runId = "run_a" as RunId;
const at = "2026-11-29T12:00:00.000Z";

const whose = { principal: "a client", client: "a client 1", source: "gateway:test" };

const call: Proposed = {
  offered: { name: "add", server: "effects", tool: "add", listed: {}, served: undefined },
  arguments: {},
  meta: undefined,
  key: "key",
  since: 0,
  ...whose,
};

const asked: AnyDraft = {
  type: "approval_requested",
  approvalId: "apr_a",
  kind: "tool_call",
  callId: "1",
  agent: "a client",
  tool: "add",
  toolDigest: "digest",
  arguments: {},
  argumentsDigest: "digest",
  approver: "client",
};
const approved: AnyDraft = {
  type: "approval_decided",
  approvalId: "apr_a",
  decision: "approved",
  scope: "once",
  by: "somebody",
  channel: "terminal",
  level: "person",
};

/** A call that waits for a decision and stands on this connection; a like one meets it. */
async function meetAsked(onSaid: () => AnyDraft[]) {
  const journal = createJournal(new Map(gatewayFolders));
  const start = { server: "effects", tool: "add", key: "key" };
  journal.place([...openingOf({ runId, start, ...whose }, { name: "add", args: {} }), asked], at);
  const standings = createStandings(() => 0);
  standings.add(runId, 1);
  const begun: RunId[] = [];
  const service = {
    intents: async () => [{ run: { runId }, place: 0, isCurrent: true }] as never,
    unknownSince: async () => undefined,
    state: async () => journal.state,
    begin: async (begin: { runId: RunId }) => void begun.push(begin.runId),
    async say(_runId: RunId, drafts: readonly AnyDraft[], isMeant = (_run: unknown) => true) {
      journal.place(onSaid(), at);
      if (isMeant(journal.state)) journal.place(drafts, at);
    },
    pending: async () => ({ approvals: [] }),
  };
  const means = {
    service,
    standings,
    clock: { now: () => Date.parse(at) },
    owner: "own_a",
    replayMs: 0,
  };
  return { met: await meet(means as never, call, true), begun };
}

it("puts a second wish to a request that nobody decided on", async () => {
  const { met, begun } = await meetAsked(() => []);
  expect(met).toEqual({ type: "shared", runId, wish: 2 });
  expect(begun).toEqual([]);
});

it("begins it by itself where somebody decided meanwhile, on what was one call then", async () => {
  const { met, begun } = await meetAsked(() => [approved]);
  expect(met).toEqual({ type: "begun", runId: begun[0], wish: 1 });
  expect(begun).toHaveLength(1);
});
