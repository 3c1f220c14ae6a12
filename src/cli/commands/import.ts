import { readFile, stat } from "node:fs/promises";

import { createRunningApp } from "../../app/app.ts";
import { HoldpointError } from "../../lib/errors.ts";
import type { RunId } from "../../lib/ids.ts";
import { isMissingFile } from "../../lib/missing-file.ts";
import { describeSystemFault } from "../../lib/system-fault.ts";
import { decideCommand, resumeCommand } from "../../runs/advice.ts";
import type { RunService } from "../../runs/run-service.ts";
import { appOptions } from "../desk.ts";
import type { Given } from "../literals.ts";
import { callerHere, provePerson } from "../person.ts";
import type { CommandContext, Terminal } from "../terminal.ts";

/** The largest file that is read at all; the reader itself takes less. */
const FILE_LIMIT = 128_000_000;
/** How many waiting calls are listed. */
const SHOWN = 20;

/** Stores a run that another program's OpenAI Agents SDK interrupted; nothing of it runs here. */
export async function run(given: Given<"import">, context: CommandContext): Promise<void> {
  const { agent, withApprovals: isWanted } = given;
  const text = await readState(given.file);
  const { terminal } = context;
  const { service, notes } = await createRunningApp(appOptions(given, context));
  for (const note of notes) terminal.error(note);
  try {
    const here = callerHere(context, service.location);
    const { by, channel, level } = await provePerson(here, { context, isWanted });
    const { runId, notices } = await service.importState(text, {
      agent,
      takesApprovals: isWanted,
      decidedBy: { by, channel, level },
    });
    for (const notice of notices) terminal.error(notice);
    await tell(service, runId, terminal);
  } finally {
    await service.close();
  }
}

async function readState(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > FILE_LIMIT) throw new Error(`it has ${size} bytes, and ${FILE_LIMIT} is the most`);
    return await readFile(file, "utf8");
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : "it cannot be read";
    const why = isMissingFile(cause)
      ? "there is no such file"
      : (describeSystemFault(cause) ?? said);
    throw new HoldpointError("invalid_input", `Cannot import ${file}: ${why}`, { cause });
  }
}

async function tell(service: RunService, runId: RunId, terminal: Terminal): Promise<void> {
  const { location } = service;
  const { approvals, count } = await service.pending({ runId, limit: SHOWN });
  const report = await service.get(runId);
  terminal.print(`${runId} (${report.status})`);
  for (const { approvalId, action } of approvals) {
    const command = terminal.typed(decideCommand("approve", approvalId, location));
    terminal.print(`  ${action}\n    ${command}`);
  }
  if (count > approvals.length) terminal.print(`  and ${count - approvals.length} more`);
  if (report.status !== "running") return;
  const resume = resumeCommand({ runId, source: report.source }, location);
  if (resume !== undefined)
    terminal.print(`Nothing of it waits. Go on with ${terminal.typed(resume)}`);
}
