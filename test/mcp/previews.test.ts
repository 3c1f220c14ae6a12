import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import type { AnyMcpTool, CallContext, ToolResult } from "../../src/mcp/mcp-tool.ts";
import { approve } from "../../src/mcp/tools/decision-tools.ts";
import { listPendingApprovals } from "../../src/mcp/tools/list-tools.ts";
import { getRun } from "../../src/mcp/tools/run-tools.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import { useBorrowed } from "../support/borrowed.ts";
import { byClient } from "../support/client-view.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { startPaused, useSite } from "../support/run-services.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const borrow = useBorrowed();
const openSite = useSite("memory");

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

/** A run of this client that waits for the approval of a change of a file. */
async function openChange(before: string, content: string) {
  const root = join(await realpath(await tempDirectory()), "root");
  await mkdir(root);
  const path = join(root, "a.txt");
  await writeFile(path, before);
  const servers = { files: { ...foreignServer("filesystem", [root]), trusted: true } };
  const borrowed = borrow({ servers, folder: root, firstWaitMs: 60_000 });
  const { agent } = borrowed.agent([["files__write_file", { path, content }]]);
  const service = await (await openSite()).open([agent]);
  const waiting = await startPaused(service, "x", byClient("test 0.9.9"));
  return { service, ...waiting, text: () => readFile(path, "utf8") };
}

describe("what would change, as a client is told", () => {
  it("stands beside the action, as structure and as text, and approve counts for it", async () => {
    const { service, runId, approvalId, action, text } = await openChange("one\ntwo\n", "one\n2\n");
    const { content, structuredContent } = await ask(getRun, service, { run_id: runId });
    const preview = [
      expect.stringMatching(/^What would change \(read_text_file of .*\): 1 line comes, 1 goes$/),
      "  one",
      "- two",
      "+ 2",
      "  ",
      "A yes counts for what was read: it is read again before the call starts.",
    ];
    const [item] = (structuredContent as { pending_approvals: { preview: string }[] })
      .pending_approvals;
    expect(item?.preview.split("\n")).toEqual(preview);
    expect(content[0]?.text).toContain("\n    - two\n    + 2\n");
    const listed = await ask(listPendingApprovals, service, { approval_id: approvalId });
    expect(JSON.stringify(listed.structuredContent)).toContain("What would change");
    const approved = await ask(approve, service, { approval_id: approvalId, action });
    expect(approved.structuredContent).toMatchObject({ outcome: "approved" });
    expect(await text()).toBe("one\n2\n");
  });

  it("is no matter for approve where it is too long to be shown completely", async () => {
    const before = Array.from({ length: 400 }, (_, at) => `line ${at} of what is there`).join("\n");
    const { service, approvalId, action, text } = await openChange(before, "gone");
    const listed = await ask(listPendingApprovals, service, { approval_id: approvalId });
    expect(JSON.stringify(listed.structuredContent)).toMatch(/more characters of \d+\)/);
    const { structuredContent } = await ask(approve, service, { approval_id: approvalId, action });
    expect(structuredContent).toMatchObject({
      outcome: "needs_stronger_approval",
      how_to_approve: expect.stringMatching(/^What it would change is too long to be repeated/),
    });
    expect(await text()).toBe(before);
  });
});
