import { z } from "zod";

import { turnSchemas } from "../../src/agents/entries.ts";
import { engineSchemas } from "../../src/engine/entries.ts";

/** Any entry of an agent's run. */
export const entrySchema = z.discriminatedUnion("type", [...engineSchemas, ...turnSchemas]);
