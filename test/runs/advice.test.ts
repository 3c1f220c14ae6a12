import { describe, expect, it } from "vitest";

import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import { decideCommand, resumeCommand } from "../../src/runs/advice.ts";

const runId = "run_1" as RunId;

describe("resumeCommand", () => {
  it.each([
    ["agents:/srv/agents.ts#A", "/srv/runs.db", "--agents /srv/agents.ts --store /srv/runs.db"],
    ["demo#A", "/srv/runs.db", "--store /srv/runs.db"],
    ["demo#A", "memory", ""],
    ["agents:/srv/a#b/agents.ts#A", "memory", "--agents '/srv/a#b/agents.ts'"],
  ])("for %s in %s", (source, location, options) => {
    const command = resumeCommand({ runId, source }, location);
    expect(command).toBe(`holdpoint resume run_1 ${options}`.trim());
  });

  it("gives a run that used up its turns some more", () => {
    const error = { code: "max_turns_exceeded" };
    expect(resumeCommand({ runId, source: "demo#A", turns: 20, error }, "memory")).toBe(
      "holdpoint resume run_1 --max-turns 30",
    );
  });

  it("is none for a run that was started from code", () => {
    expect(resumeCommand({ runId, source: "code" }, "/srv/runs.db")).toBeUndefined();
  });
});

describe("decideCommand", () => {
  const approvalId = "apr_1" as ApprovalId;

  it("quotes what a shell would take apart", () => {
    const isWindows = process.platform === "win32";
    expect(decideCommand("approve", approvalId, "/it's here/$(x).db")).toBe(
      isWindows
        ? `holdpoint approve apr_1 --store "/it's here/$(x).db"`
        : String.raw`holdpoint approve apr_1 --store '/it'\''s here/$(x).db'`,
    );
  });

  it("names no store that only the server has", () => {
    expect(decideCommand("reject", approvalId, "memory")).toBe("holdpoint reject apr_1");
  });
});
