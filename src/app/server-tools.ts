import { createBorrowedPolicy } from "./borrowed-policy.ts";
import { isHttpSpec, type ServerSpec } from "../downstream/server-spec.ts";
import { createToolSource, type ToolSource } from "../downstream/tool-source.ts";
import { stderrLog } from "../lib/log.ts";
import { packageVersion } from "./package-version.ts";
import type { PolicyRule } from "../policy/policy.ts";
import type { PathDeclaration } from "../policy/path-declaration.ts";
import { createPathResolver } from "../policy/real-path.ts";
import { createServerPaths, type ServerPaths } from "../policy/server-paths.ts";

export interface ServerToolsOptions {
  servers: Readonly<Record<string, ServerSpec>>;
  rules: readonly PolicyRule[];
  /** By the server's name. */
  paths: Readonly<Record<string, PathDeclaration>>;
  /** From which relative paths count. */
  directory: string;
}

/** What `mcpTools` loads: nothing of it is needed to declare an agent. */
export function openServerTools(options: ServerToolsOptions): ToolSource {
  const { servers, rules, paths, directory } = options;
  return createToolSource({
    servers,
    policy: createBorrowedPolicy(rules, {
      pathsOf: (name) => pathsOf(servers[name], { declared: paths[name], directory }),
      resolvePath: createPathResolver(directory),
    }),
    log: stderrLog,
    version: packageVersion(),
  });
}

function pathsOf(
  spec: ServerSpec | undefined,
  options: { declared: PathDeclaration | undefined; directory: string },
): ServerPaths {
  const start = spec === undefined ? {} : isHttpSpec(spec) ? { url: spec.url } : spec;
  return createServerPaths(start, options);
}
