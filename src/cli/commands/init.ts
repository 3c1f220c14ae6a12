import { existsSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { stateDirectory } from "../../open-store.ts";
import { CONFIG_NAME } from "../../config/choose-config.ts";
import { recordTrust } from "../../config/trust.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { readHostServers, starterText } from "../../starter-config.ts";
import { parseOptions } from "../options.ts";
import { callerHere, provePerson } from "../person.ts";
import type { CommandContext } from "../terminal.ts";

const STARTER_FOLDER = "files";

/** Writes a starter configuration, once somebody said yes. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { env, terminal } = context;
  const { values } = parseOptions(args, {
    yes: { type: "boolean" },
    from: { type: "string" },
    config: { type: "string" },
  });
  const file = resolve(values.config ?? CONFIG_NAME);
  if (existsSync(file)) {
    throw new HoldpointError("invalid_input", `${file} exists already: it is left as it is`);
  }
  const servers = values.from === undefined ? undefined : readHostServers(values.from);
  const names = servers === undefined ? ["filesystem"] : Object.keys(servers);
  terminal.print(`${file} will have these servers: ${names.join(", ") || "none"}`);
  if (values.yes !== true && (await terminal.confirm("Write it?")) !== true) {
    terminal.error("Nothing was written.");
    return 1;
  }
  const { level } = await provePerson(callerHere(context), { context, isWanted: true });
  mkdirSync(dirname(file), { recursive: true });
  if (servers === undefined) mkdirSync(join(dirname(file), STARTER_FOLDER), { recursive: true });
  // Servers of a host may come with their secrets.
  const text = starterText({ servers, folder: STARTER_FOLDER });
  writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  if (level === "person") {
    // Who writes it here, at a terminal of their own, trusts what is written.
    recordTrust({ path: realpathSync(file), text, files: new Map() }, stateDirectory(env));
  } else {
    terminal.print(
      terminal.typed(
        "It is not trusted yet: a person does that in a terminal, with holdpoint trust",
      ),
    );
  }
  terminal.print(terminal.typed(`Written. See what it allows: holdpoint check --config ${file}`));
  return 0;
}
