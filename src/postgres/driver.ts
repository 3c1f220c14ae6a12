import type { Client, Pool } from "pg";

import { HoldpointError } from "../lib/errors.ts";

export interface Driver {
  Client: typeof Client;
  Pool: typeof Pool;
}

/** Loads `pg`, which only those have who use it. @throws HoldpointError `store_unavailable` */
export async function loadDriver(
  load: () => Promise<Driver> = () => import("pg"),
): Promise<Driver> {
  try {
    return await load();
  } catch (error) {
    throw new HoldpointError(
      "store_unavailable",
      'A store in PostgreSQL needs the package "pg", which is not installed beside holdpoint. Run npm install pg',
      { cause: error },
    );
  }
}
