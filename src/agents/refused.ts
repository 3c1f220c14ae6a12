import { UserError } from "./errors.ts";

/** An option that `@openai/agents` has and this library has not: what to do instead. */
interface Refused {
  instead: string;
  /** Values that ask for nothing, or for what is so anyway. */
  unless?(value: unknown, options: Options): boolean;
}

type Options = Readonly<Record<string, unknown>>;

const isFalse = (value: unknown): boolean => value === false;
const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** With tracing disabled these mean nothing in the original either. */
const traced = {
  instead: "there is no tracing yet; leave it out, or set tracingDisabled: true beside it",
  unless: (_value: unknown, options: Options) => options["tracingDisabled"] === true,
};
const namespaces = { instead: "there is no tool search; give the agent the tools that it needs" };
const callers = { instead: "there is no programmatic tool calling; models call tools themselves" };
const sandbox = { instead: "there are no sandbox agents; write gated tools for what they may do" };
const blockedMessage = {
  instead: "what an output guardrail blocked is not replaced; catch the error and word it yourself",
};
const ofTheRunner = { instead: "set it on the runner: it holds for nested runs too" };
const contextOfAll = {
  instead: "set it on the runner: a nested run has the context of the run above it",
};
const ownHistory = { instead: "nested runs keep their own history" };
const noSession = { instead: "nested runs have no session" };
const keptAbove = { instead: "a nested run is kept with the run above it" };
const customData = { instead: "outputs have no custom data; keep it in your context" };

const ofRuns: Readonly<Record<string, Refused>> = {
  outputGuardrailBlockedMessage: blockedMessage,
  sandbox,
  tracing: traced,
};

const refused = {
  agent: {
    mcpConfig: {
      instead: "use mcpTools(...) in toolProviders, which has options of its own",
      unless: (value) =>
        typeof value === "object" && value !== null && Object.keys(value).length === 0,
    },
    mcpServers: {
      instead: "use mcpTools({ servers }) in toolProviders; its tools can be gated by rules",
      unless: isEmptyList,
    },
    prompt: {
      instead: "templates stored at OpenAI are not used; write the text in instructions",
    },
    handoffOutputTypeWarningEnabled: {
      instead: "no such warning is given; Agent.create infers the output types of handoffs",
      unless: isFalse,
    },
    capabilities: sandbox,
    defaultManifest: sandbox,
  },
  tool: {
    allowedCallers: callers,
    customDataExtractor: customData,
    deferLoading: { ...namespaces, unless: isFalse },
    outputSchema: { instead: "check the output inside execute, and throw what does not fit" },
    providerData: { instead: "tools are sent by name, description and schema only" },
  },
  runner: {
    ...ofRuns,
    groupId: traced,
    traceId: traced,
    traceMetadata: traced,
    traceIncludeSensitiveData: {
      ...traced,
      unless: (value, options) => value === false || traced.unless(value, options),
    },
    tracingDisabled: {
      instead: "there is no tracing yet; leave it out",
      unless: (value) => value === true,
    },
    workflowName: traced,
  },
  run: ofRuns,
  agentTool: {
    onStreamMaxPendingEvents: {
      instead: "events are told as they come, none is held back; leave it out",
      unless: (value) => value === null,
    },
    resumeState: {
      instead: "a nested run is part of the run above it and resumes with it; leave it out",
      unless: (value) => (value as { contextStrategy?: unknown }).contextStrategy === "merge",
    },
  },
  agentToolRun: {
    ...ofRuns,
    autoPreviousResponseId: ownHistory,
    context: { instead: "nested runs see the context of the run above them" },
    conversationId: ownHistory,
    previousResponseId: ownHistory,
    session: { instead: "nested runs keep their own history; save what you need in a tool" },
    sessionInputCallback: noSession,
    signal: { instead: "give the signal to the run above, which aborts nested runs too" },
    store: keptAbove,
    stream: { instead: "use onStream", unless: isFalse },
  },
  modelSettings: {
    preserveRawUsage: {
      instead: "usage is kept in one form, that of Usage; leave it out",
      unless: isFalse,
    },
  },
  session: {
    runCompaction: {
      instead: "no conversation is compacted by a run; leave it out, and compact between runs",
    },
  },
  agentToolConfig: {
    approver: ofTheRunner,
    sessionInputCallback: noSession,
    store: keptAbove,
    runApprover: ofTheRunner,
    storePatienceMs: ofTheRunner,
    contextSerializer: contextOfAll,
    contextDeserializer: contextOfAll,
  },
} satisfies Record<string, Readonly<Record<string, Refused>>>;

/**
 * Refuses options that would do nothing.
 *
 * @param attempt what cannot be done with them, behind "Cannot"
 * @throws UserError that names the option and says what to do
 */
export function refuseOptions(
  kind: keyof typeof refused,
  options: object | undefined,
  attempt: string,
): void {
  if (options === undefined) return;
  const given = options as Options;
  const table: Readonly<Record<string, Refused>> = refused[kind];
  for (const name in table) {
    const value = given[name];
    const rule = table[name];
    if (value === undefined || rule === undefined || rule.unless?.(value, given) === true) continue;
    throw new UserError(`Cannot ${attempt} with ${name}: ${rule.instead}`);
  }
}

/** Kinds of tools that are not built, by their `type`. */
const refusedTools: Readonly<Record<string, string>> = {
  apply_patch: "write a gated tool that changes files",
  computer: "write a gated tool that does the same step by step",
  shell: "write a gated tool that runs the commands that you allow",
};

/** Hosted tools that need an answer of this process, by the provider's `type`. */
const refusedHosted: Readonly<Record<string, string>> = {
  programmatic_tool_calling: callers.instead,
  tool_search: namespaces.instead,
};

/** Why nothing would come of a tool that is no function; `undefined` where it can be used. */
export function whyToolIsRefused(entry: {
  type: string;
  providerData?: unknown;
}): string | undefined {
  if (entry.type !== "hosted_tool") {
    const instead = refusedTools[entry.type] ?? "use tool() or a hosted tool";
    return `tools of type "${entry.type}" are not built; ${instead}`;
  }
  const data = (entry.providerData ?? {}) as Readonly<Record<string, unknown>>;
  const type = String(data["type"]);
  if (type === "mcp" && data["require_approval"] !== "never") {
    return 'approvals of hosted MCP tools are not built; use mcpTools({ servers }), or require_approval: "never"';
  }
  return refusedHosted[type];
}
