import { HoldpointError } from "../../lib/errors.ts";
import { MOST_GRANTS } from "../../runs/grants/give.ts";
import type { GrantReport } from "../../runs/grants/grant.ts";
import { rowLines } from "../describe.ts";
import { printJson } from "../json-output.ts";
import { parseOptions, storeOption, terminalUser, withDesk } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Lists yeses that were given for later calls, or ends one. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { values, positionals: words } = parseOptions(args, {
    ...storeOption,
    json: { type: "boolean" },
  });
  const { terminal } = context;
  return withDesk(context, values, async (service) => {
    if (words.length > 0) {
      const { wasStanding } = await service.endGrant(grantOf(words), { by: terminalUser() });
      terminal.print(
        wasStanding
          ? "Ended. Calls that it would have let run are asked about from now on."
          : "It was over already.",
      );
      return 0;
    }
    const grants = await service.grants();
    if (grants.length === MOST_GRANTS) {
      terminal.error(
        `These are the newest ${MOST_GRANTS}; older ones that stand let calls run too.`,
      );
    }
    if (values.json === true) {
      for (const grant of grants) printJson(terminal, grant, "snake");
      return 0;
    }
    if (grants.length === 0) terminal.print(`No yes for later calls in ${service.location}`);
    for (const grant of grants) terminal.print(describeGrant(grant));
    return 0;
  });
}

function grantOf([verb, grantId, extra]: readonly string[]): string {
  if (verb === "end" && grantId !== undefined && extra === undefined) return grantId;
  throw new HoldpointError(
    "invalid_input",
    "holdpoint grants lists them; holdpoint grants end ID ends one",
  );
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
