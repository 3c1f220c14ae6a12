import { disconnect } from "../../app/connect.ts";
import { hostFiles, hostIds } from "../../hosts/host-files.ts";
import { hostSurroundings } from "../host-surroundings.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Puts the servers of hosts back where they were. */
export async function run(
  { hosts }: Given<"disconnect">,
  { env, terminal }: CommandContext,
): Promise<number> {
  const around = hostSurroundings({ env });
  const wanted = hosts.length === 0 ? hostIds : hosts;
  let exitCode = 0;
  let count = 0;
  for (const host of hostFiles(around).filter(({ id }) => wanted.includes(id))) {
    const outcome = disconnect(host, around);
    if (outcome.type === "not_connected") {
      if (hosts.length > 0) terminal.print(`${host.label} was not connected.`);
      continue;
    }
    count += 1;
    if (outcome.type === "changed") {
      exitCode = 1;
      terminal.error(
        `${host.label}: ${host.file} has changed so that the place is not found. Put back yourself what stands as "taken" in ${outcome.record}, and take holdpoint out`,
      );
    } else {
      const how = outcome.isExact
        ? "is as it was"
        : "has its servers back, beside what was changed there since";
      terminal.print(`${host.label}: ${host.file} ${how}. ${host.restart}.`);
    }
  }
  if (count === 0 && hosts.length === 0) terminal.print("No host here was connected.");
  return exitCode;
}
