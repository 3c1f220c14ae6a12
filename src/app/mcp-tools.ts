import * as z from "zod";

import { UserError } from "../agents/errors.ts";
import type { RunnableTool } from "../agents/function-tool.ts";
import type { ToolProvider } from "../agents/tool-provider.ts";
import type { ServerSpec } from "../downstream/server-spec.ts";
import type { ToolSource } from "../downstream/tool-source.ts";
import { pathDeclaration, type PathDeclaration } from "../policy/path-declaration.ts";
import { policyRule, type PolicyRule } from "../policy/policy.ts";
import { modelNamePrefix } from "../policy/tool-name.ts";

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
  const options = { servers, rules: read.data, paths: declared.data, directory: process.cwd() };
  return loadedLate(Object.keys(servers), async () => {
    const { openServerTools } = await import("./server-tools.ts");
    return openServerTools(options);
  });
}

/** The tools of a source that is loaded when a run wants to know what there is. */
function loadedLate(names: readonly string[], load: () => Promise<ToolSource>): McpTools {
  let opening: Promise<ToolSource> | undefined;
  let provider: ToolProvider | undefined;
  const none: readonly RunnableTool[] = [];
  const open = async (): Promise<ToolSource> => {
    const source = await (opening ??= load());
    provider ??= source.provider();
    return source;
  };
  return {
    id: `mcp:${names.join(",")}`,
    tools: () => provider?.tools() ?? none,
    remembered: () => provider?.remembered?.() ?? none,
    async refresh() {
      await open();
      await provider?.refresh();
    },
    whyMissing(name) {
      if (provider !== undefined) return provider.whyMissing(name);
      // A run may wait for a tool of a server that nobody here has met yet.
      const server = names.find((each) => name.startsWith(modelNamePrefix(each)));
      return server === undefined ? undefined : `server "${server}" was not met yet`;
    },
    // Also where it was not loaded yet: nothing is started after that.
    close: async () => (await open()).close(),
  };
}
