import { parseText } from "../lib/rows.ts";
import type { PastCount } from "../engine/past-call.ts";
import type { PostgresMeans } from "./postgres-append.ts";
import { statements } from "./postgres-statements.ts";
import { parsePast } from "./rows.ts";

/** What is known of earlier calls of a tool, by feature. */
export async function pastOf(
  { connection, tenant }: Pick<PostgresMeans, "connection" | "tenant">,
  { tool, features }: { tool: string; features: readonly string[] },
): Promise<Map<string, PastCount>> {
  const rows = await connection.ask(statements.past, { values: [tenant, tool, [...features]] });
  return new Map(rows.map((row) => [parseText(row, "feature"), parsePast(row)]));
}
