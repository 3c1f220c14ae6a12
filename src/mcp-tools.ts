import { z } from "zod";

import { UserError } from "./agents/errors.ts";
import type { ToolProvider } from "./agents/tool-provider.ts";
import { createBorrowedPolicy } from "./borrowed-policy.ts";
import { isHttpSpec, type ServerSpec } from "./downstream/server-spec.ts";
import { createToolSource } from "./downstream/tool-source.ts";
import { stderrLog } from "./lib/log.ts";
import { packageVersion } from "./package-version.ts";
import { policyRule, type PolicyRule } from "./policy/policy.ts";
import { createPathResolver } from "./policy/resolve-path.ts";

export interface McpToolsOptions {
  /** By the name that rules and tools go by. */
  servers: Readonly<Record<string, ServerSpec>>;
  /** Without a rule, what a trusted server calls read-only is free, and everything else asks. */
  policy?: readonly PolicyRule[] | undefined;
}

/** Tools of MCP servers, for `toolProviders` of an agent. */
export interface McpTools extends ToolProvider {
  /** Ends the servers. */
  close(): Promise<void>;
}

/**
 * Borrows the tools of other MCP servers. Relative paths in rules count from the working directory.
 *
 * @throws UserError when a rule is none
 */
export function mcpTools({ servers, policy = [] }: McpToolsOptions): McpTools {
  const read = z.array(policyRule).safeParse(policy);
  if (!read.success) {
    throw new UserError(
      `Cannot borrow tools: the policy is not valid: ${z.prettifyError(read.error)}`,
    );
  }
  const source = createToolSource({
    servers,
    policy: createBorrowedPolicy(read.data, (name) => {
      const spec = name === undefined ? undefined : servers[name];
      const cwd = spec === undefined || isHttpSpec(spec) ? undefined : spec.cwd;
      return createPathResolver(cwd ?? process.cwd());
    }),
    log: stderrLog,
    version: packageVersion(),
  });
  return { ...source.provider(), close: () => source.close() };
}
