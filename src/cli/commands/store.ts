import { HoldpointError } from "../../lib/errors.ts";
import type { CommandContext } from "../terminal.ts";

type Verb = (args: string[], context: CommandContext) => Promise<number>;

/** Each in a file of its own, `store-<verb>.ts`. */
const verbs: Readonly<Record<string, () => Promise<{ run: Verb }>>> = {
  accept: () => import("./store-accept.ts"),
  check: () => import("./store-check.ts"),
  copy: () => import("./store-copy.ts"),
  migrate: () => import("./store-migrate.ts"),
  release: () => import("./store-release.ts"),
};

/** What is done with a store as a whole. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const [name = "", ...rest] = args;
  const load = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (load === undefined) {
    throw new HoldpointError(
      "invalid_input",
      `Say what to do with the store: ${Object.keys(verbs).join(", ")}`,
    );
  }
  return (await load()).run(rest, context);
}
