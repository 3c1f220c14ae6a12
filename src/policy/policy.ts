import { z } from "zod";

const glob = z.string().min(1);
const globs = z.union([glob, z.array(glob).min(1)]);

/** What must hold of one argument. All parts of a condition must. */
const argumentCondition = z
  .strictObject({
    /** A path inside one of these folders, `..` and symbolic links resolved. */
    under: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    /** A path outside all of these folders. */
    outside: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).optional(),
    /** Its resolved path matches one of these globs; relative ones count from the folder `under`. */
    path: globs.optional(),
    /** A regular expression that is found in the text. */
    matches: z.string().min(1).refine(isPattern, "is not a regular expression").optional(),
    equals: z.json().optional(),
    /** One of these values. */
    in: z.array(z.json()).min(1).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    exists: z.boolean().optional(),
  })
  .refine((condition) => Object.keys(condition).length > 0, "says nothing");

export const policyRule = z.strictObject({
  verdict: z.enum(["allow", "ask", "deny"]),
  /** Globs of names; what is left out matches everything. */
  agent: globs.optional(),
  server: globs.optional(),
  tool: globs.optional(),
  /** By name of the argument, dots for members: `address.city`. All must hold. */
  arguments: z.record(z.string().min(1), argumentCondition).optional(),
  /** Shown to whoever is asked, and to the model when denied. */
  reason: z.string().min(1).optional(),
  /** The least level that must decide; only with `ask`. */
  approver: z.enum(["client", "confirm", "person"]).optional(),
  /** Seconds after which nobody decided is an outcome of its own; only with `ask`. */
  timeoutSeconds: z.number().positive().optional(),
});

export type PolicyRule = z.infer<typeof policyRule>;
export type ArgumentCondition = z.infer<typeof argumentCondition>;
export type PolicyVerdict = PolicyRule["verdict"];

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "u") instanceof RegExp;
  } catch {
    return false;
  }
}
