import { withDesk } from "../desk.ts";
import type { Given } from "../literals.ts";
import { callerHere, requirePerson } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** A person lets a run go on that is on hold; what was decided of it is decided anew. */
export async function run(given: Given<"store release">, context: CommandContext): Promise<void> {
  const { id: runId } = given;
  const { terminal } = context;
  await requirePerson(context, "release a run");
  return withDesk(context, given, async (service) => {
    const { hold, status } = await service.get(runId);
    if (hold === undefined) {
      terminal.print(`${runId} is not on hold: it is ${status}`);
      return;
    }
    const { by, channel, level } = callerHere(context);
    await service.release(runId, { by, channel, level });
    terminal.print(
      `${runId} goes on where its agent is served, and asks again before it does anything`,
    );
  });
}
