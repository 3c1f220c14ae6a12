import type { ApprovalId } from "../lib/ids.ts";
import { stateDirectory } from "../app/open-store.ts";
import { resumeCommand } from "../runs/advice.ts";
import type { RunService } from "../runs/run-service.ts";
import { findServers } from "./running-servers.ts";
import type { CommandContext } from "./terminal.ts";

/** After a decision: who goes on with the run, or the command that does where no server is up. */
export async function tellWhoGoesOn(
  service: RunService,
  { env, terminal }: CommandContext,
  approvalId: string,
): Promise<void> {
  if (findServers(stateDirectory(env), service.location).length > 0) {
    terminal.print("A running server that has the agent goes on with it; else the next one does.");
    return;
  }
  const report = await service.approval(approvalId as ApprovalId);
  const command = resumeCommand(report, service.location);
  terminal.print(
    command === undefined
      ? "No server is up here: the next one that has the agent goes on with it."
      : `No server is up here. This goes on with it: ${terminal.typed(command)}`,
  );
}
