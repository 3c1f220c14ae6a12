import { join } from "node:path";

import { expect, it } from "vitest";

import { configSchemaText } from "../../src/config/json-schema.ts";

it("the committed JSON Schema is that of the code (vitest -u writes it)", async () => {
  const file = join(import.meta.dirname, "../../holdpoint.schema.json");
  await expect(configSchemaText()).toMatchFileSnapshot(file);
});
