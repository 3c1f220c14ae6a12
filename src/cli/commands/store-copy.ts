import { resolve } from "node:path";

import { stateDirectory } from "../../app/open-store.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** Copies a store; the copy has an id of its own, so that neither is taken for an older other. */
export async function run(
  { from, to }: Given<"store copy">,
  { terminal, env }: CommandContext,
): Promise<void> {
  const { copyStore } = await import("../../sqlite/copy-store.ts");
  const { findKey } = await import("../../sqlite/anchors.ts");
  const { unfinished } = await copyStore(resolve(from), resolve(to), findKey(stateDirectory(env)));
  terminal.print(`${resolve(to)} is a copy of ${resolve(from)}, with an id of its own`);
  if (unfinished > 0) {
    terminal.print(
      terminal.typed(
        `${unfinished} runs in it are unfinished: served from both, each would go on twice. Cancel them in one (holdpoint cancel RUN --store PATH)`,
      ),
    );
  }
}
