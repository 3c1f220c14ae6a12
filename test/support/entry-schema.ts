import { z } from "zod";

import { turnSchemas } from "../../src/agents/entries.ts";
import { engineSchemas } from "../../src/engine/entry-schemas.ts";

const [first, ...others] = engineSchemas();
if (first === undefined) throw new Error("There are no entries");

/** Any entry of an agent's run. */
export const entrySchema = z.discriminatedUnion("type", [first, ...others, ...turnSchemas()]);
