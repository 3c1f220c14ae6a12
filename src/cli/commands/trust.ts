import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

import { stateDirectory } from "../../app/open-store.ts";
import { CONFIG_NAME } from "../../config/choose-config.ts";
import { loadConfig } from "../../config/load-config.ts";
import {
  describeOtherWriters,
  readForTrust,
  recordTrust,
  type Readable,
} from "../../config/trust.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { summarizeConfig } from "../../app/trust-summary.ts";
import type { Given } from "../literals.ts";
import { requirePerson } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

/** Shows what a configuration lets happen and, after a yes, trusts it as it stands. */
export async function run(given: Given<"trust">, context: CommandContext): Promise<number> {
  const { env, terminal } = context;
  const file = resolve(given.config ?? CONFIG_NAME);
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
  const problem = problemOf(readable, env);
  if (problem !== undefined) terminal.error(`Nothing starts with it as it is. ${problem}`);
  if ((await terminal.confirm("Trust it as it stands?")) !== true) {
    terminal.error("Nothing was trusted.");
    return 1;
  }
  recordTrust(readable, stateDirectory(env));
  terminal.print("Trusted until it changes. Servers that run here already: start them again.");
  return 0;
}

/** What is wrong in it, seen from here: a variable may be set where it is used. */
function problemOf(
  { path, text, files }: Readable,
  env: CommandContext["env"],
): string | undefined {
  try {
    loadConfig(path, {
      env,
      read: (file) => (file === path ? text : (files.get(file) ?? readFileSync(file, "utf8"))),
    });
    return undefined;
  } catch (error) {
    if (error instanceof HoldpointError) return error.message;
    throw error;
  }
}
