import { HoldpointError } from "../lib/errors.ts";
import { isPostgresUrl } from "../lib/store-name.ts";

/** Where the tables are when a URL names no other schema. */
const DEFAULT_SCHEMA = "holdpoint";

/** What a URL of a store says. */
export interface PostgresPlace {
  /** For the driver: as it was given, without what is ours. Has the password: shown nowhere. */
  connectionString: string;
  /** For people: server, database and schema; neither password nor settings. */
  location: string;
  /** The schema that holds the tables; `?schema=` in the URL, else `holdpoint`. */
  schema: string;
}

/** @throws HoldpointError `invalid_input`; what was given is not repeated: it may hold a password */
export function parsePostgresUrl(text: string): PostgresPlace {
  const url = parseUrl(text);
  const schema = url.searchParams.get("schema") ?? DEFAULT_SCHEMA;
  if (!/^[a-z_][a-z0-9_]{0,50}$/.test(schema) || schema.startsWith("pg_")) {
    throw new HoldpointError(
      "invalid_input",
      "The schema in the URL of the store must be a name of at most 51 small letters, digits and _",
    );
  }
  url.searchParams.delete("schema");
  if (url.searchParams.has("options")) {
    throw new HoldpointError(
      "invalid_input",
      "The URL of the store must have no options: they would take the place of what the store sets. Set them for the user, with ALTER ROLE",
    );
  }
  const shown = schema === DEFAULT_SCHEMA ? "" : `?schema=${schema}`;
  const user = url.username === "" ? "" : `${url.username}@`;
  return {
    connectionString: url.href,
    location: `postgres://${user}${url.host}${url.pathname}${shown}`,
    schema,
  };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  // A password with / ? or # in it would pass for a port, and what follows for the rest.
  const isWhole = url !== null && url.hash === "" && !`${url.pathname}${url.search}`.includes("@");
  if (isWhole && isPostgresUrl(text)) return url;
  throw new HoldpointError(
    "invalid_input",
    "The URL of the store cannot be read. Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, " +
      "and percent-encode what has a meaning in URLs",
  );
}
