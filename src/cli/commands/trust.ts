import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { stateDirectory } from "../../open-store.ts";
import { CONFIG_NAME } from "../../config/choose-config.ts";
import { describeOtherWriters, readForTrust, recordTrust } from "../../config/trust.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { summarizeConfig } from "../../trust-summary.ts";
import { parseCommand } from "../options.ts";
import { requirePerson } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** Shows what a configuration lets happen and, after a yes, trusts it as it stands. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { env, terminal } = context;
  const { values } = parseCommand(args, { options: { config: { type: "string" } } });
  const file = resolve(values.config ?? CONFIG_NAME);
  if (!existsSync(file)) {
    throw new HoldpointError("invalid_input", `There is no ${file} to trust`);
  }
  await requirePerson(context, `trust ${file}`);
  const writers = describeOtherWriters(file);
  if (writers !== undefined) {
    throw new HoldpointError("not_allowed", `Cannot trust ${file}: ${writers}`);
  }
  // Read once: what is shown is what is trusted.
  const readable = readForTrust(file, env);
  terminal.print(readable.path);
  for (const line of summarizeConfig(readable)) terminal.print(`  ${line}`);
  if ((await terminal.confirm("Trust it as it stands?")) !== true) {
    terminal.error("Nothing was trusted.");
    return 1;
  }
  recordTrust(readable, stateDirectory(env));
  terminal.print("Trusted until it changes. Servers that run here already: start them again.");
  return 0;
}
