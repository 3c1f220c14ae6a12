import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How every secret that tests plant begins. */
const CANARY = "canary-9c41";

/** Secrets in the configuration of servers: nothing that the product says or keeps may hold one. */
export const canaries = {
  env: `${CANARY}-env-81c2`,
  header: `${CANARY}-header-5d0e`,
  arg: `${CANARY}-arg-77b1`,
} as const;

/** What tests write themselves, secrets and all. */
const OWN = /(holdpoint|desktop|config)[\w.-]*\.jsonc?$|\.ts$/;

/** @throws Error when a text that the product wrote has a planted secret */
export function assertNoCanary(text: string, where: string): void {
  if (text.includes(CANARY)) throw new Error(`A planted secret is in ${where}`);
}

/** @throws Error naming a file below `directory` that has a planted secret */
export function assertNoCanaryBelow(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    // Links lead elsewhere, or in circles.
    if (entry.isDirectory()) assertNoCanaryBelow(path);
    else if (entry.isFile() && !OWN.test(entry.name)) {
      assertNoCanary(readFileSync(path, "latin1"), path);
    }
  }
}
