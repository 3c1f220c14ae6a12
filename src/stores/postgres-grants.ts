import type { RunStore } from "../runs/run-store.ts";
import type { PostgresMeans } from "./postgres-append.ts";
import { parseGrant } from "./rows.ts";
import { statements } from "./postgres-statements.ts";

/** Yeses for later calls; their end is judged by the clock of the server. */
export function grantVerbs({ connection, tenant }: Pick<PostgresMeans, "connection" | "tenant">) {
  const ask = (text: string, values: (string | number | null)[]) =>
    connection.ask(text, { values: [tenant, ...values] });
  return {
    async addGrant({ grantId, tool, terms, createdAt, lastsMs, mostUses = null }) {
      await ask(statements.addGrant, [grantId, tool, terms, createdAt, lastsMs, mostUses]);
    },
    listGrants: async (limit) => (await ask(statements.grants, [limit])).map(parseGrant),
    grantsFor: async (tool) => (await ask(statements.grantsFor, [tool])).map(parseGrant),
    async useGrant(grantId) {
      // Where the answer is lost nobody knows whether it was counted: it is not counted again.
      const use = { values: [tenant, grantId], again: "never" } as const;
      return (await connection.ask(statements.useGrant, use)).length > 0;
    },
    async endGrant(grantId, { at, by }) {
      return (await ask(statements.endGrant, [grantId, at, by])).length > 0;
    },
  } satisfies Partial<RunStore>;
}
