import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import { tool } from "../../src/agents/tool.ts";
import type { AnyMcpTool, CallContext, ToolResult } from "../../src/mcp/mcp-tool.ts";
import { toSnapshot } from "../../src/mcp/snapshot.ts";
import { approve } from "../../src/mcp/tools/decision-tools.ts";
import { listPendingApprovals } from "../../src/mcp/tools/list-tools.ts";
import { getRun } from "../../src/mcp/tools/run-tools.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import { byClient, viewOf } from "../support/client-view.ts";
import { createPayments } from "../support/payments.ts";
import { recorderOf, startPaused, useSite, waitFor, yes } from "../support/run-services.ts";

const viewer = viewOf("test 1.0.0");
const context: CallContext = {
  signal: new AbortController().signal,
  client: "test 1.0.0",
  canAsk: false,
  ask: async () => "unsupported",
  progress: () => {},
};

async function ask(tool: AnyMcpTool, service: RunService, input: object): Promise<ToolResult> {
  const deps = { service, log: { info: () => {}, warn: () => {} }, maxWaitSeconds: 50 };
  const result = await tool.call(input, deps, context);
  expect(result.isError, result.content[0]?.text).toBeUndefined();
  return result;
}

describe("what tools return", () => {
  const openSite = useSite("memory");

  it("leave it to a person to give a run more turns", async () => {
    const model = createScriptedModel([[call("look", {})]]);
    const look = tool({
      name: "look",
      description: "Looks.",
      parameters: z.object({}),
      execute: () => "seen",
    });
    const agent = new Agent({ name: "Busy", model, tools: [look] });
    const service = await (await openSite()).open([agent]);
    const runId = await service.start({ input: "x", maxTurns: 1 });
    const report = await waitFor(service, runId, "failed");
    expect(toSnapshot(report, { service, viewer }).next).toMatch(
      /^The run used up its turns\. Tell the user, who alone /,
    );
    expect(toSnapshot(report, { service, viewer }).next).not.toContain("holdpoint");
  });

  /** A run that waits for the approval of `note` with this text. */
  async function openNote(text: string) {
    const model = createScriptedModel([[call("note", { text })], [message("Noted")]]);
    const note = tool({
      name: "note",
      description: "Keeps a text.",
      parameters: z.object({ text: z.string() }),
      needsApproval: true,
      execute: () => "kept",
    });
    const service = await (
      await openSite()
    ).open([new Agent({ name: "Notes", model, tools: [note] })]);
    return { service, ...(await startPaused(service, "x", byClient("test 0.9.9"))) };
  }

  it("says the same as text and as structure", async () => {
    const { service, runId, approvalId, action } = await openNote("hello");
    const { content, structuredContent } = await ask(getRun, service, { run_id: runId });
    const next = `Show the user ${approvalId} with its tool and arguments, and ask them to decide. Do not decide for them. Then call approve, or call reject.`;
    expect(structuredContent).toMatchObject({
      run_id: runId,
      agent: "Notes",
      status: "awaiting_approval",
      pending_count: 1,
      pending_approvals: [
        {
          approval_id: approvalId,
          run_id: runId,
          agent: "Notes",
          path: ["Notes"],
          tool: "note",
          arguments: '{"text":"hello"}',
          arguments_truncated: false,
          action: 'note {"text":"hello"}',
          approver: "client",
        },
      ],
      next,
    });
    expect(content[0]?.text).toContain(`action: ${action}`);
    expect(content[0]?.text.endsWith(next)).toBe(true);
  });

  it("shows text of the agent as data", async () => {
    const { service, approvalId } = await openNote("gpj\u202eexe\u001b[2K\u200b");
    const { structuredContent, content } = await ask(listPendingApprovals, service, {});
    const shown = String.raw`note {"text":"gpj\u{202e}exe\u001b[2K\u{200b}"}`;
    expect(structuredContent).toMatchObject({
      approvals: [{ approval_id: approvalId, action: shown, arguments: shown.slice(5) }],
    });
    expect(content[0]?.text).not.toMatch(/[\u202e\u001b\u200b]/);
  });

  it("folds long arguments, and shows them whole one approval at a time", async () => {
    const long = `start ${"x".repeat(30_000)} end`;
    const { service, approvalId, action } = await openNote(long);
    expect(action).toMatch(
      /^note \{"text":"start x+\.\.\.\} \.\.\. \(30021 characters, sha256 [0-9a-f]{12}\)$/,
    );
    expect(action.length).toBeLessThanOrEqual(2_000);
    const { structuredContent: listed } = await ask(listPendingApprovals, service, {});
    const [item] = listed?.["approvals"] as { arguments: string; arguments_truncated: boolean }[];
    expect(item).toMatchObject({ arguments_truncated: true });
    expect(item?.arguments).toHaveLength(2_000);

    const pages: string[] = [];
    for (let isTruncated = true; isTruncated;) {
      const arguments_offset = pages.join("").length;
      const input = { approval_id: approvalId, arguments_offset };
      const { structuredContent } = await ask(listPendingApprovals, service, input);
      const [page] = structuredContent?.["approvals"] as (typeof item)[];
      pages.push(page?.arguments ?? "");
      isTruncated = page?.arguments_truncated ?? false;
    }
    expect(pages).toHaveLength(2);
    expect(JSON.parse(pages.join(""))).toEqual({ text: long });
  });

  it("gives a long output page by page", async () => {
    const output = "x".repeat(20_000) + "y".repeat(100);
    const model = createScriptedModel([[message(output)]]);
    const service = await (await openSite()).open([new Agent({ name: "Long", model })]);
    const runId = await service.start({ input: "x" });
    await waitFor(service, runId, "completed");
    const { structuredContent: first } = await ask(getRun, service, { run_id: runId });
    expect(first).toMatchObject({
      output: "x".repeat(20_000),
      output_truncated: true,
      next: `The output goes on: call get_run with run_id=${runId} and output_offset=20000.`,
    });
    const rest = await ask(getRun, service, { run_id: runId, output_offset: 20_000 });
    expect(rest.structuredContent).toMatchObject({ output: "y".repeat(100) });
    expect(rest.structuredContent).not.toHaveProperty("output_truncated");
  });

  it("shows what would not be seen in outputs and errors", async () => {
    const service = await (await openSite()).open([createPayments().agent]);
    const { runId } = await startPaused(service, 'pay {"amount": 5}');
    const report = {
      ...(await service.get(runId)),
      output: "one\n\u202etwo\u001b[2K",
      error: { code: "x", message: "\u200b", resumable: false },
    };
    const { output, error } = toSnapshot(report, { service, viewer });
    expect(output).toBe(String.raw`one${"\n"}\u{202e}two\u{1b}[2K`);
    expect(error?.message).toBe(String.raw`\u{200b}`);
  });

  it("says where a call is decided that needs more than the client's word", async () => {
    const site = await openSite();
    const { agent } = createPayments();
    const service = await site.open([agent]);
    const { runId, approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    const recorder = await recorderOf(await site.connect(), runId);
    const asked = recorder.journal.entries
      .map(({ entry }) => entry)
      .findLast((entry) => entry.type === "approval_requested");
    const { seq: _seq, at: _at, prev: _prev, ...draft } = asked!;
    await recorder.append([{ ...draft, approvalId: "apr_personal", approver: "person" }]);

    const input = { approval_id: "apr_personal", action };
    const { structuredContent } = await ask(approve, service, input);
    const how =
      "A person must decide this outside of this conversation: they decide nowhere but in the inbox of this server, which was started without one";
    expect(structuredContent).toMatchObject({
      outcome: "needs_stronger_approval",
      how_to_approve: how,
      run: {
        status: "awaiting_approval",
        pending_approvals: [{ approver: "person", how_to_approve: how }],
      },
    });
    expect(approvalId).not.toBe("apr_personal");
  });

  describe("of a run whose agent is elsewhere", () => {
    it("names the program that has it", async () => {
      const site = await openSite();
      const first = await site.open([createPayments().agent]);
      const { runId, approvalId } = await startPaused(first, 'pay {"amount": 5}');
      await first.close();
      const desk = await site.open([]);
      await desk.decide(approvalId, yes());
      const { structuredContent } = await ask(getRun, desk, { run_id: runId });
      expect(structuredContent).toMatchObject({
        status: "running",
        next: `Still running: call get_run with run_id=${runId} and wait_seconds=25. This server does not have its agent: the program that started the run goes on with it.`,
      });
    });
  });
});
