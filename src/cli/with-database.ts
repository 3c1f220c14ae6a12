import { HoldpointError } from "../lib/errors.ts";
import { isPostgresUrl } from "../lib/store-url.ts";
import { openPostgres, type PostgresConnection } from "../postgres/connection.ts";
import { parsePostgresUrl } from "../postgres/url.ts";
import { parseOptions } from "./options.ts";

/** Opens the database that a command's one argument names, for as long as it is used. */
export async function withDatabase(
  verb: "migrate" | "check",
  args: string[],
  use: (connection: PostgresConnection) => Promise<number>,
): Promise<number> {
  const [url = "", ...extra] = parseOptions(args, {}).positionals;
  if (url === "" || extra.length > 0) {
    throw new HoldpointError("invalid_input", `Say holdpoint store ${verb} URL`);
  }
  if (!isPostgresUrl(url)) {
    throw new HoldpointError(
      "invalid_input",
      "This is for stores in PostgreSQL: give a URL, postgres://USER@HOST/DATABASE. A store in a file needs neither",
    );
  }
  const connection = await openPostgres(parsePostgresUrl(url));
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}
