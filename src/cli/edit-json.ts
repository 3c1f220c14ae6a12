import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { errorMessage } from "../lib/errors.ts";
import type { JsonValue } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import { childProcess } from "./child-process.ts";
import type { CommandContext } from "./terminal.ts";

/**
 * Lets somebody change JSON in their editor (`$VISUAL`, `$EDITOR`); it is read before it counts.
 *
 * @returns `undefined` where nothing was changed, and where it is no JSON, which is said
 */
export async function editJson(
  text: string,
  { terminal, env }: Pick<CommandContext, "terminal" | "env">,
): Promise<JsonValue | undefined> {
  const editor = env["VISUAL"] ?? env["EDITOR"] ?? "vi";
  const directory = mkdtempSync(join(tmpdir(), "holdpoint-edit-"));
  const file = join(directory, "arguments.json");
  const before = pretty(text);
  try {
    writeFileSync(file, before, { mode: 0o600 });
    const { status, error } = childProcess().spawnSync(`${editor} "$HOLDPOINT_FILE"`, {
      shell: true,
      stdio: "inherit",
      env: { ...process.env, HOLDPOINT_FILE: file },
    });
    const after = readFileSync(file, "utf8");
    if (error !== undefined || status !== 0) {
      terminal.error(`Nothing was changed: the editor "${editor}" failed. Set EDITOR to another`);
      return undefined;
    }
    if (after.trim() === before.trim()) terminal.print("Nothing was changed.");
    return after.trim() === before.trim() ? undefined : parseStrictJson(after);
  } catch (error) {
    terminal.error(`Nothing was changed: this is no JSON (${errorMessage(error)})`);
    return undefined;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function pretty(text: string): string {
  try {
    return `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`;
  } catch {
    return text;
  }
}
