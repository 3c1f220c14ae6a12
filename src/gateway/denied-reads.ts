import type { PolicyRule } from "../policy/policy.ts";
import { judgeRead, type ReadRequest } from "../policy/read-request.ts";
import type { ResolvePath } from "../policy/real-path.ts";

/**
 * Which of these requests rules deny. They are for reading, and nobody is asked about them: a rule
 * that asks says nothing of them.
 */
export function createDeniedReads(
  rules: readonly PolicyRule[],
  resolvePath: ResolvePath,
): (request: ReadRequest) => string | undefined {
  const denials = rules.filter(({ verdict }) => verdict === "deny");
  return (request) => {
    const { method, server } = request;
    const { verdict, rule } = judgeRead(denials, request, { fallback: "allow", resolvePath });
    if (verdict !== "deny") return undefined;
    return `A rule denies ${method} of server "${server}"${rule?.reason === undefined ? "" : `: ${rule.reason}`}`;
  };
}
