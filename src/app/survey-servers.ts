import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CONFIG_NAME } from "../config/choose-config.ts";
import type { BorrowedServer, ToolSource } from "../downstream/tool-source.ts";
import type { JsonObject } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import { createSetUp } from "./set-up.ts";

/** A server that was started, and what it offers. */
export type Surveyed = Pick<BorrowedServer, "name" | "problem" | "tools">;

interface SurveyOptions {
  env: Readonly<Record<string, string | undefined>>;
  log: Log;
  /** Those that are started. */
  servers: JsonObject;
  /** Told of each as it comes up, or does not. */
  onUp(server: Surveyed): void;
}

/**
 * Starts servers that a configuration will have which is not written yet, and ends them.
 *
 * @throws HoldpointError `config_invalid` what is wrong with the whole of it
 */
export async function surveyServers(
  config: string,
  { env, log, servers, onUp }: SurveyOptions,
): Promise<Surveyed[]> {
  const folder = mkdtempSync(join(tmpdir(), "holdpoint-"));
  const open = (text: string): ToolSource => {
    const file = join(folder, CONFIG_NAME);
    writeFileSync(file, text, { mode: 0o600 });
    return createSetUp(file, { env, log, module: [], storePath: () => undefined }).source;
  };
  try {
    await open(config).close();
    const source = open(JSON.stringify({ mcpServers: servers }));
    try {
      return await source.survey(onUp);
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
