import { MOST_GRANTS } from "../../runs/grants/give.ts";
import type { GrantReport } from "../../runs/grants/grant.ts";
import { rowLines } from "../describe.ts";
import { withDesk } from "../desk.ts";
import { printJson } from "../json-output.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Lists yeses that were given for later calls. */
export async function run(given: Given<"grants">, context: CommandContext): Promise<void> {
  const { terminal } = context;
  return withDesk(context, given, async (service) => {
    const grants = await service.grants();
    if (grants.length === MOST_GRANTS) {
      terminal.error(
        `These are the newest ${MOST_GRANTS}; older ones that stand let calls run too.`,
      );
    }
    if (given.json) {
      for (const grant of grants) printJson(terminal, grant, "snake");
      return;
    }
    if (grants.length === 0) terminal.print(`No yes for later calls in ${service.location}`);
    for (const grant of grants) terminal.print(describeGrant(grant));
  });
}

function describeGrant(grant: GrantReport): string {
  const { grantId, tool, agent, covers, by, channel, createdAt, uses, mostUses } = grant;
  const most = mostUses === undefined ? "" : ` of ${mostUses}`;
  return [
    grantId,
    ...rowLines("lets run", `${tool}, asked by ${agent}, where\n${covers.join("\n")}`),
    ...rowLines("given by", `${by} through ${channel} at ${createdAt}`),
    ...rowLines("used", `${uses}${most}`),
    ...rowLines("ends", endOf(grant)),
  ].join("\n");
}

function endOf({ isStanding, endsAt, endedAt, endedBy = "", problem }: GrantReport): string {
  if (endedAt !== undefined) return `was ended at ${endedAt} by ${endedBy}`;
  if (problem !== undefined) return `lets nothing run: ${problem}`;
  return isStanding ? endsAt : `is over (${endsAt})`;
}
