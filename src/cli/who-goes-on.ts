import type { ApprovalId } from "../lib/ids.ts";
import { stateDirectory } from "../open-store.ts";
import { resumeCommand } from "../runs/advice.ts";
import type { RunService } from "../runs/run-service.ts";
import { findServers } from "./running-servers.ts";
import type { CommandContext } from "./terminal.ts";

/** After a decision: the command that goes on with the run, where no server of the store is up. */
export async function tellWhoGoesOn(
  service: RunService,
  { env, terminal }: CommandContext,
  approvalId: string,
): Promise<void> {
  if (findServers(stateDirectory(env), service.location).length > 0) return;
  const report = await service.approval(approvalId as ApprovalId);
  const command = resumeCommand(report, service.location);
  if (command === undefined) return;
  terminal.print(`No server is up here. This goes on with it: ${terminal.typed(command)}`);
}
