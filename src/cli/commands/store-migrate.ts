import { migrateSchema } from "../../postgres/schema.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";
import { withDatabase } from "../with-database.ts";

/** Makes the tables of a PostgreSQL store, or brings them to the version of this program. */
export async function run(
  { url }: Given<"store migrate">,
  { terminal }: CommandContext,
): Promise<void> {
  return withDatabase(url, async (connection) => {
    const { from, to } = await migrateSchema(connection);
    terminal.print(
      from === to
        ? `The tables of ${connection.location} are of version ${to}: nothing to do`
        : `The tables of ${connection.location} are of version ${to} now; they were of ${from === 0 ? "none" : from}`,
    );
  });
}
