import type { Config } from "./config/load-config.ts";
import type { PassedRequest } from "./gateway/pass-through.ts";
import { evaluatePolicy } from "./policy/evaluate.ts";
import { createPathResolver } from "./policy/real-path.ts";
import { serverPaths } from "./set-up.ts";

/**
 * What rules say of requests that are no calls of tools: why one is not passed on, or `undefined`.
 * What no rule is about passes, since it was the server that offered it. Nobody can be asked about
 * one, so what a rule would ask about is not passed on either.
 */
export function createPassRules(
  config: Pick<Config, "policy" | "mcpServers" | "directory">,
): (request: PassedRequest) => string | undefined {
  const { policy, directory } = config;
  const resolvePath = createPathResolver(directory);
  return ({ client, server, method, params }) => {
    const { _meta, ...args } = params;
    // Where a path leads that stands in an address is the server's to say: only none can be declared.
    const isWithout = serverPaths(config, server).argumentsOf(method)?.length === 0;
    const places = isWithout ? new Map() : undefined;
    const call = { agent: client, server, tool: method, arguments: args, places };
    const { verdict, rule } = evaluatePolicy(policy, call, { fallback: "allow", resolvePath });
    if (verdict === "allow") return undefined;
    const reason = rule?.reason === undefined ? "" : `: ${rule.reason}`;
    return verdict === "deny"
      ? `${method} of server "${server}" is denied by policy, and was not passed on${reason}`
      : `A rule asks about all of server "${server}", nobody can be asked about ${method}, and it was not passed on${reason}. Call a tool for it`;
  };
}
