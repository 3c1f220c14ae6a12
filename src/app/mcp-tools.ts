import * as z from "zod";

import { UserError } from "../agents/errors.ts";
import type { ToolProvider } from "../agents/tool-provider.ts";
import { createBorrowedPolicy } from "./borrowed-policy.ts";
import { isHttpSpec, type ServerSpec } from "../downstream/server-spec.ts";
import { createToolSource } from "../downstream/tool-source.ts";
import { stderrLog } from "../lib/log.ts";
import { packageVersion } from "./package-version.ts";
import { policyRule, type PolicyRule } from "../policy/policy.ts";
import { pathDeclaration, type PathDeclaration } from "../policy/path-declaration.ts";
import { createPathResolver } from "../policy/real-path.ts";
import { createServerPaths } from "../policy/server-paths.ts";

export interface McpToolsOptions {
  /** By the name that rules and tools go by. */
  servers: Readonly<Record<string, ServerSpec>>;
  /** Without a rule, what a trusted server calls read-only is free, and everything else asks. */
  policy?: readonly PolicyRule[] | undefined;
  /** By the server's name: which arguments of its tools are paths, and what they count from. */
  paths?: Readonly<Record<string, PathDeclaration>> | undefined;
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
export function mcpTools({ servers, policy = [], paths = {} }: McpToolsOptions): McpTools {
  const read = z.array(policyRule()).safeParse(policy);
  if (!read.success) {
    throw new UserError(
      `Cannot borrow tools: the policy is not valid: ${z.prettifyError(read.error)}`,
    );
  }
  const declared = z.record(z.string(), pathDeclaration()).safeParse(paths);
  if (!declared.success) {
    throw new UserError(
      `Cannot borrow tools: the paths are not valid: ${z.prettifyError(declared.error)}`,
    );
  }
  const source = createToolSource({
    servers,
    policy: createBorrowedPolicy(read.data, {
      pathsOf: (name) => pathsOf(servers[name], declared.data[name]),
      resolvePath: createPathResolver(process.cwd()),
    }),
    log: stderrLog,
    version: packageVersion(),
  });
  return { ...source.provider(), close: () => source.close() };
}

function pathsOf(
  spec: ServerSpec | undefined,
  declared: PathDeclaration | undefined,
): ReturnType<typeof createServerPaths> {
  const directory = process.cwd();
  const start = spec === undefined ? {} : isHttpSpec(spec) ? { url: spec.url } : spec;
  return createServerPaths(start, { declared, directory });
}
