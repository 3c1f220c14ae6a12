import { resolve } from "node:path";

import { HoldpointError } from "../../lib/errors.ts";
import { stateDirectory } from "../../app/open-store.ts";
import { parseOptions, storeOption } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

/** Copies a store; the copy has an id of its own, so that neither is taken for an older other. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { positionals } = parseOptions(args, storeOption);
  const [from, to, extra] = positionals;
  if (from === undefined || to === undefined || extra !== undefined) {
    throw new HoldpointError("invalid_input", "Say what and where to: store copy FROM TO");
  }
  const { copyStore } = await import("../../sqlite/copy-store.ts");
  const { findKey } = await import("../../sqlite/anchors.ts");
  const { terminal, env } = context;
  const { unfinished } = await copyStore(resolve(from), resolve(to), findKey(stateDirectory(env)));
  terminal.print(`${resolve(to)} is a copy of ${resolve(from)}, with an id of its own`);
  if (unfinished > 0) {
    terminal.print(
      terminal.typed(
        `${unfinished} runs in it are unfinished: served from both, each would go on twice. Cancel them in one (holdpoint cancel RUN --store PATH)`,
      ),
    );
  }
  return 0;
}
