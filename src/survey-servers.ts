import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CONFIG_NAME } from "./config/choose-config.ts";
import type { BorrowedServer } from "./downstream/tool-source.ts";
import type { Log } from "./lib/log.ts";
import { createSetUp } from "./set-up.ts";

/** A server that was started, and what it offers. */
export type Surveyed = Pick<BorrowedServer, "name" | "problem" | "tools">;

/** Starts the servers of a configuration that is not written yet, and ends them. @throws HoldpointError `config_invalid` */
export async function surveyServers(
  config: string,
  { env, log }: { env: Readonly<Record<string, string | undefined>>; log: Log },
): Promise<Surveyed[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdpoint-"));
  try {
    const file = join(folder, CONFIG_NAME);
    writeFileSync(file, config, { mode: 0o600 });
    const { source } = createSetUp(file, { env, log, module: [], storePath: () => undefined });
    try {
      return await source.survey();
    } finally {
      await source.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Tools that would run freely if their server were believed. */
export function readOnlyTools({ tools }: Surveyed): string[] {
  return tools
    .filter(({ definition }) => definition.annotations["readOnlyHint"] === true)
    .map(({ definition }) => definition.name);
}
