import { resumeCommand } from "../../runs/advice.ts";
import { visibleLine } from "../../runs/shown-text.ts";
import { toStory } from "../../runs/story.ts";
import { describeStory } from "../describe-story.ts";
import { describeEntry } from "../describe.ts";
import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Tells what happened in a run; with `--journal` entry by entry, with `--json` as it is stored. */
export async function run(given: Given<"show">, context: CommandContext): Promise<void> {
  const { id: runId } = given;
  const { terminal } = context;
  return withDesk(context, given, async (service) => {
    const entries = await service.journal(runId);
    if (given.json) {
      for (const { line } of entries) terminal.print(line);
      return;
    }
    const report = await service.get(runId);
    const { status, agent, source, title, approvals, hold } = report;
    terminal.print(`${runId}: ${status}, agent "${visibleLine(agent)}" (${visibleLine(source)})`);
    if (title !== undefined) terminal.print(`for: ${title}`);
    if (given.journal) {
      for (const entry of entries) terminal.print(describeEntry(entry));
    } else {
      const decided = await service.decided(runId);
      terminal.print(describeStory(toStory({ entries, approvals: [...approvals, ...decided] })));
    }
    if (hold !== undefined) {
      const release = terminal.typed(`holdpoint store release ${runId}`);
      terminal.print(`on hold: ${hold}. ${release} lets it go on`);
    }
    const command = resumeCommand(report, service.location);
    if (report.error?.resumable === true && command !== undefined) {
      terminal.print(`stopped: ${terminal.typed(command)} lets it go on`);
    }
    for (const { approvalId, action } of approvals) {
      terminal.print(`waits: ${approvalId} ${action}`);
    }
  });
}
