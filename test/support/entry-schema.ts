import { z } from "zod";

import { turnForms } from "../../src/agents/entries.ts";
import { engineForms } from "../../src/engine/entry-schemas.ts";

const forms = { ...engineForms, ...turnForms };
const [first, ...others] = Object.values(forms).map((make) => make());
if (first === undefined) throw new Error("There are no entries");

/** Any entry of an agent's run. */
export const entrySchema = z.discriminatedUnion("type", [first, ...others]);
