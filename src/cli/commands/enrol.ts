import { stateDirectory } from "../../app/open-store.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { requirePerson } from "../person.ts";
import { enrol, SHORTEST_PIN } from "../pin.ts";
import type { CommandContext } from "../terminal.ts";

/** Sets a PIN: from then on what needs a person asks for it, here and when the inbox is opened. */
export async function run(_given: unknown, context: CommandContext): Promise<void> {
  const { env, terminal } = context;
  await requirePerson(context, "enrol a PIN");
  const pin = (await terminal.askSecret("A new PIN: ")) ?? "";
  if (pin.length < SHORTEST_PIN) {
    throw new HoldpointError("invalid_input", `A PIN has ${SHORTEST_PIN} characters or more`);
  }
  if ((await terminal.askSecret("The same again: ")) !== pin) {
    throw new HoldpointError("invalid_input", "Nothing was changed: these were not the same");
  }
  enrol(stateDirectory(env), pin);
  terminal.print("Enrolled. What needs a person asks for it from now on.");
}
