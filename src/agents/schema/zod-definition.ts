import type * as z from "zod";

import { isJsonObject } from "../../lib/json.ts";

/** Any zod 4 schema, of zod itself, zod/mini, or another copy of either. */
export type ZodSchema = z.core.$ZodType;

export type ZodObject = z.core.$ZodObject;

/** What a zod schema was made from, told apart by `type`. */
export type ZodDefinition = z.core.$ZodTypes["_zod"]["def"];

export function definitionOf({ _zod: { def } }: ZodSchema): ZodDefinition {
  if (!isDefinition(def)) throw new TypeError("not a zod schema");
  return def;
}

/** Known by its form, not by its class: a program may bring a zod of its own. */
export function isZodObject(value: unknown): value is ZodObject {
  if (!isJsonObject(value)) return false;
  const { _zod: internals } = value;
  return (
    isJsonObject(internals) && isDefinition(internals["def"]) && internals["def"].type === "object"
  );
}

/** @throws TypeError for a schema of zod 3, which cannot say itself as JSON Schema */
export function refuseZod3(value: unknown): void {
  if (!isJsonObject(value) || "_zod" in value || !isJsonObject(value["_def"])) return;
  throw new TypeError(
    'it is a schema of zod 3; make it with zod 4 (import { z } from "zod" of version 4, or "zod/v4")',
  );
}

function isDefinition(def: unknown): def is ZodDefinition {
  return isJsonObject(def) && typeof def["type"] === "string";
}

/** The schema inside one that only wraps it: optional, nullable, default, readonly, ... */
export function innerOf(def: ZodDefinition): ZodSchema | undefined {
  if (def.type === "lazy") return def.getter();
  if (def.type === "pipe") return def.in;
  return "innerType" in def ? def.innerType : undefined;
}
