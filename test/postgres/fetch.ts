// `npm run postgres`: fetches PostgreSQL's programs where tests would find none. Who is offline goes
// on without: those tests are then skipped, with one line that says so.
import { spawnSync } from "node:child_process";

import { findPrograms } from "../support/postgres-server.ts";

if (process.env["PGURL"] === undefined && findPrograms() === undefined) {
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", args, { cwd: import.meta.dirname, stdio: "inherit" });
  if (status !== 0) process.stderr.write("PostgreSQL was not fetched: its tests are skipped\n");
}
