import { fileURLToPath } from "node:url";

import type { OwnStart } from "../hosts/own-entry.ts";
import { ownModule } from "../lib/own-files.ts";
import { packageVersion } from "../app/package-version.ts";

/** How the running program was started. */
export function ownStart(): OwnStart {
  return {
    platform: process.platform,
    node: process.execPath,
    script: fileURLToPath(ownModule("cli/holdpoint")),
    version: packageVersion(),
  };
}
