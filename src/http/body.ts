import type * as z from "zod";

import { HoldpointError } from "../lib/errors.ts";

/**
 * What a page sent, as what it should be.
 *
 * @param otherwise what did not happen: `Nothing was decided`
 * @throws HoldpointError `invalid_input`, naming the member
 */
export function parseBody<T extends z.ZodType>(
  schema: T,
  text: string,
  otherwise: string,
): z.output<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HoldpointError("invalid_input", `${otherwise}: the request is no JSON`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  throw new HoldpointError("invalid_input", `${otherwise}: ${where.join("; ")}`);
}
