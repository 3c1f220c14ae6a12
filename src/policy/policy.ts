import * as z from "zod";

import { approverLevels, ruleVerdicts, type RuleVerdict } from "../engine/vocabulary.ts";
import { lazy } from "../lib/lazy.ts";
import { globProblem } from "./glob.ts";
import { patternProblem } from "./linear-pattern.ts";
import { previewRule } from "./preview-rule.ts";

/** One text or a list of them. */
const texts = lazy(() => z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]));

/** What must hold of paths: of all of them for `allow`, of one for `deny` and `ask`. */
const pathParts = lazy(() => ({
  /** A path inside one of these folders, `..` and symbolic links resolved. */
  under: texts().optional(),
  /** A path outside all of these folders. */
  outside: texts().optional(),
  /** Its resolved path matches one of these globs; relative ones count from the folder `under`. */
  path: checked(texts(), (given) =>
    [given]
      .flat()
      .map(globProblem)
      .find((each) => each !== undefined),
  ).optional(),
}));
const pathCondition = lazy(() =>
  z
    .strictObject(pathParts())
    .refine((condition) => Object.keys(condition).length > 0, "says nothing"),
);

/** What must hold of one argument. All parts of a condition must. */
const argumentCondition = lazy(() =>
  z
    .strictObject({
      ...pathParts(),
      /** A regular expression that is found in the text; without looking around, in linear time. */
      matches: checked(z.string().min(1), patternProblem).optional(),
      equals: z.json().optional(),
      /** One of these values. */
      in: z.array(z.json()).min(1).optional(),
      min: z.number().optional(),
      max: z.number().optional(),
      exists: z.boolean().optional(),
    })
    .refine((condition) => Object.keys(condition).length > 0, "says nothing"),
);

export const policyRule = lazy(() =>
  z.strictObject({
    verdict: z.enum(ruleVerdicts),
    /** Globs of names; what is left out matches everything. */
    agent: texts().optional(),
    server: texts().optional(),
    tool: texts().optional(),
    /** By name of the argument, dots for members: `address.city`. All must hold. */
    arguments: z.record(z.string().min(1), argumentCondition()).optional(),
    /** Of the paths in the arguments of servers' tools, whatever the arguments are called. */
    paths: pathCondition().optional(),
    /** Shown to whoever is asked, and to the model when denied. */
    reason: z.string().min(1).optional(),
    /** The least level that must decide; only with `ask`. */
    approver: z.enum(approverLevels).optional(),
    /** `none`: the tools that it names change nothing, whatever their server says. */
    effect: z.literal("none").optional(),
    /** How calls of the tools that it names are told apart, by the gateway. */
    intent: z
      .strictObject({
        /** Members of the arguments that two like calls may differ in: `$.requestId`. */
        ignore: z.array(z.string().regex(/^\$(\.[^.]+)+$/, "must be like $.requestId")).min(1),
      })
      .optional(),
    /** What shows what calls of the tools that it names would change; only with `ask`. */
    preview: previewRule().optional(),
    /** Seconds after which nobody decided is an outcome of its own; only with `ask`. */
    timeoutSeconds: z.number().positive().optional(),
  }),
);

export type PolicyRule = z.infer<ReturnType<typeof policyRule>>;
export type ArgumentCondition = z.infer<ReturnType<typeof argumentCondition>>;
export type PolicyVerdict = RuleVerdict;

/** A schema whose values are refused for a reason of their own. */
function checked<T extends z.ZodType>(
  schema: T,
  problemOf: (value: z.output<T>) => string | undefined,
): T {
  return schema.check((context) => {
    const message = problemOf(context.value);
    if (message === undefined) return;
    context.issues.push({ code: "custom", message, input: context.value });
  });
}
