import { HoldpointError } from "../../lib/errors.ts";
import { isPostgresUrl } from "../../lib/store-url.ts";
import { checkStore } from "../../postgres/check.ts";
import { openPostgres, type PostgresConnection } from "../../postgres/connection.ts";
import { migrateSchema } from "../../postgres/schema.ts";
import { parsePostgresUrl } from "../../postgres/url.ts";
import { parseOptions } from "../options.ts";
import type { CommandContext, Terminal } from "../terminal.ts";

const verbs = { migrate, check } as const;

/** Looks after the database of a store. */
export async function run(args: string[], { terminal }: CommandContext): Promise<number> {
  const [verb = "", url = "", ...extra] = parseOptions(args, {}).positionals;
  if (!Object.hasOwn(verbs, verb) || url === "" || extra.length > 0) {
    throw new HoldpointError(
      "invalid_input",
      "Say holdpoint store migrate URL, or store check URL",
    );
  }
  if (!isPostgresUrl(url)) {
    throw new HoldpointError(
      "invalid_input",
      "This is for stores in PostgreSQL: give a URL, postgres://USER@HOST/DATABASE. A store in a file needs neither",
    );
  }
  const connection = await openPostgres(parsePostgresUrl(url));
  try {
    return await verbs[verb as keyof typeof verbs](connection, terminal);
  } finally {
    await connection.close();
  }
}

async function migrate(connection: PostgresConnection, terminal: Terminal): Promise<number> {
  const { from, to } = await migrateSchema(connection);
  terminal.print(
    from === to
      ? `The tables of ${connection.location} are of version ${to}: nothing to do`
      : `The tables of ${connection.location} are of version ${to} now; they were of ${from === 0 ? "none" : from}`,
  );
  return 0;
}

/** Exit code 1 where something that was kept can be lost. */
async function check(connection: PostgresConnection, terminal: Terminal): Promise<number> {
  const { facts, warnings } = await checkStore(connection);
  for (const fact of facts) terminal.print(fact);
  for (const warning of warnings) terminal.print(`! ${warning}`);
  if (warnings.length === 0) terminal.print("What is kept here stays kept.");
  return warnings.length === 0 ? 0 : 1;
}
