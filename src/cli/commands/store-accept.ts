import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import { requirePerson } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** A person says that an older copy of the store is meant: nothing is on hold for it any more. */
export async function run(given: Given<"store accept">, context: CommandContext): Promise<number> {
  const { terminal } = context;
  await requirePerson(context, "accept the store");
  return withDesk(context, given, async (service) => {
    const { problem } = await service.auditStore();
    terminal.print(`${service.location}: ${problem ?? "nothing is amiss"}`);
    const question =
      "Its unfinished runs go on from where this copy has them: what they did since is done again where it is approved already. Is this copy meant? (y/n) ";
    if ((await terminal.confirm(question)) !== true) return 1;
    const count = await service.acceptStore();
    terminal.print(`The store counts as it stands; ${count} runs are no longer on hold`);
    return 0;
  });
}
