import { checkStore } from "../../postgres/check.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";
import { withDatabase } from "../with-database.ts";

/** Says what a PostgreSQL store keeps over a crash; exit code 1 where something can be lost. */
export async function run(
  { url }: Given<"store check">,
  { terminal }: CommandContext,
): Promise<number> {
  return withDatabase(url, async (connection) => {
    const { facts, warnings } = await checkStore(connection);
    for (const fact of facts) terminal.print(fact);
    for (const warning of warnings) terminal.print(`! ${warning}`);
    if (warnings.length === 0) terminal.print("What is kept here stays kept.");
    return warnings.length === 0 ? 0 : 1;
  });
}
