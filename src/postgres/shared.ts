import { openPostgres, type PostgresConnection } from "./connection.ts";
import { closedError } from "./errors.ts";
import { prepareSchema } from "./schema.ts";
import { parsePostgresUrl } from "./url.ts";

interface Shared {
  users: number;
  opening: Promise<PostgresConnection>;
}

/** A store and its sessions use the same connections: a process holds at most ten. */
const shared = new Map<string, Shared>();

/**
 * The connections of this process to one place, with tables of this version. Closing the result
 * closes them when nobody else of this process uses them.
 *
 * @throws HoldpointError `invalid_input`, and what `prepareSchema` throws
 */
export async function usePostgres(url: string): Promise<PostgresConnection> {
  const place = parsePostgresUrl(url);
  const key = `${place.schema} ${place.connectionString}`;
  const known = shared.get(key) ?? { users: 0, opening: openPrepared(place) };
  shared.set(key, known);
  known.users += 1;
  try {
    return handleOf(await known.opening, () => leave(key, known));
  } catch (error) {
    // What kept it from being opened may have passed by the next time.
    if (shared.get(key) === known) shared.delete(key);
    throw error;
  }
}

async function openPrepared(
  place: ReturnType<typeof parsePostgresUrl>,
): Promise<PostgresConnection> {
  const connection = await openPostgres(place);
  try {
    await prepareSchema(connection);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function leave(key: string, known: Shared): Promise<void> {
  known.users -= 1;
  if (known.users > 0) return;
  if (shared.get(key) === known) shared.delete(key);
  await (await known.opening).close();
}

function handleOf(connection: PostgresConnection, left: () => Promise<void>): PostgresConnection {
  let isClosed = false;
  return {
    ...connection,
    get isClosed() {
      return isClosed;
    },
    async ask(text, asked) {
      if (isClosed) throw closedError(connection.location);
      return connection.ask(text, asked);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      await left();
    },
  };
}
