import { describe } from "vitest";

import { runStoreContract } from "../contracts/run-store-contract.ts";
import { hasPostgres, makeSchemaUrl, openPostgresStore, urlOf } from "../support/postgres.ts";

describe.skipIf(!hasPostgres())("PostgreSQL", { timeout: 120_000 }, () => {
  runStoreContract("PostgreSQL", {
    open: async (options) => openPostgresStore(await makeSchemaUrl(), options),
    shared: {
      kind: "PostgreSQL",
      connect: async (store, options) => openPostgresStore(await urlOf(store), options),
      placeOf: urlOf,
    },
  });
});
