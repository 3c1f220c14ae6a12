import { HoldpointError } from "../lib/errors.ts";
import { isPostgresUrl } from "../lib/store-name.ts";
import { openPostgres, type PostgresConnection } from "../postgres/connection.ts";
import { parsePostgresUrl } from "../postgres/url.ts";

/** Opens a database for as long as it is used. @throws HoldpointError `invalid_input` */
export async function withDatabase<T>(
  url: string,
  use: (connection: PostgresConnection) => Promise<T>,
): Promise<T> {
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
