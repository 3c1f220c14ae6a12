import { readFileSync } from "node:fs";

import * as z from "zod";

import { fallbackOf, judgeProposed, nameRule } from "./borrowed-policy.ts";
import { withoutComments } from "../config/json-comments.ts";
import type { Config } from "../config/load-config.ts";
import { describeProblem, toProblems } from "../config/problem.ts";
import { ruleVerdicts } from "../engine/vocabulary.ts";
import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import { createPathResolver } from "../policy/real-path.ts";
import type { PolicyVerdict } from "../policy/policy.ts";
import { serverPaths } from "./set-up.ts";

const policyCases = z.array(
  z.strictObject({
    agent: z.string().default("Assistant"),
    server: z.string().optional(),
    tool: z.string(),
    arguments: z.record(z.string(), z.json()).default({}),
    /** What the tool says of itself. */
    readOnlyHint: z.boolean().default(false),
    expect: z.enum(ruleVerdicts),
  }),
);

type PolicyCase = z.infer<typeof policyCases>[number];

/** A call, what was expected of it, and what it comes to. */
export interface CaseOutcome {
  call: string;
  expect: PolicyVerdict;
  verdict: PolicyVerdict;
  rule: string;
  passed: boolean;
}

/** @throws HoldpointError `config_invalid`, with everything that is wrong in the file */
export function readCases(file: string): PolicyCase[] {
  let raw: unknown;
  try {
    raw = parseStrictJson(withoutComments(readFileSync(file, "utf8")));
  } catch (error) {
    const why = errorMessage(error).replace("Cannot parse JSON: ", "it is not JSON: ");
    throw new HoldpointError("config_invalid", `Cannot read ${file}: ${why}`);
  }
  const parsed = policyCases.safeParse(raw);
  if (parsed.success) return parsed.data;
  const lines = toProblems(parsed.error.issues, raw).map((each) => `  ${describeProblem(each)}`);
  throw new HoldpointError("config_invalid", `${file} is no list of calls:\n${lines.join("\n")}`);
}

/** Judges each call as a run would; starts nothing. */
export function judgeCases(config: Config, cases: readonly PolicyCase[]): CaseOutcome[] {
  return cases.map(({ expect, readOnlyHint, ...call }) => {
    const { server, tool } = call;
    const spec = server === undefined ? undefined : config.mcpServers?.[server];
    const isTrustedReadOnly = spec?.trusted === true && readOnlyHint;
    // A tool of code without a rule is as its code says, which is not known here.
    const fallback = fallbackOf({ server: server ?? "", tool, isTrustedReadOnly });
    const options = {
      fallback,
      pathsOf: (name: string) => serverPaths(config, name),
      resolvePath: createPathResolver(config.directory),
    };
    const { verdict, rule } = judgeProposed(config.policy, { ...call, server }, options);
    return {
      call: `${server === undefined ? "" : `${server}.`}${tool} ${JSON.stringify(call.arguments)}`,
      expect,
      verdict,
      rule: rule === undefined ? "default" : nameRule(config.policy, rule),
      passed: verdict === expect,
    };
  });
}
