import * as z from "zod";

import { configSchema } from "./schema.ts";

/** The JSON Schema of a configuration, for editors: the text of `holdpoint.schema.json`. */
export function configSchemaText(): string {
  const schema = z.toJSONSchema(configSchema(), { io: "input" });
  return `${JSON.stringify({ title: "Configuration of Holdpoint", ...schema }, undefined, 2)}\n`;
}
