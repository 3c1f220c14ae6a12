import type { RunConfig } from "../agents/face/config.ts";
import { runLevel } from "../agents/ask.ts";
import { levelOf, rulingOn, type ProcessPolicy } from "../agents/gate.ts";
import { findTarget } from "../agents/graph.ts";
import { argumentsText } from "../engine/arguments.ts";
import type { Approval, Run } from "../engine/state.ts";
import { callOf } from "../engine/frames.ts";
import { type ApprovalKind, type ApproverLevel, strictest } from "../engine/vocabulary.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import type { JsonValue } from "../lib/json.ts";
import type { AgentRegistry } from "./agent-registry.ts";

/** A request, as far as rules speak of it. */
export interface Ruled {
  /** Where the agents of its run come from; absent on cards that an older version wrote. */
  readonly source?: string | undefined;
  readonly kind: ApprovalKind;
  readonly agent: string;
  readonly tool?: string | undefined;
  /** JSON text. */
  readonly arguments: string;
}

export function toRuled(state: Run, approval: Approval): Ruled {
  const { kind, agent, tool } = approval;
  const text = argumentsText(approval, callOf(state, approval));
  return { source: state.source, kind, agent, tool, arguments: text };
}

/**
 * The level that the rules of this process want of a decision on a request; `undefined` where it
 * has none for the source of the run. Rules that fail say nothing here: they are asked again when
 * the call starts, and then they ask.
 */
export type LevelNow = (request: Ruled) => Promise<ApproverLevel | undefined>;

export function createLevelNow({
  registry,
  config,
  policy,
}: {
  registry: AgentRegistry;
  config: RunConfig;
  policy: ProcessPolicy | undefined;
}): LevelNow {
  return async ({ source, kind, agent: name, tool: toolName = "", arguments: text }) => {
    const plan = source === undefined ? undefined : registry.withSource(source)?.plan;
    if (plan === undefined) return undefined;
    if (kind === "budget" || kind === "model_outcome_unknown") return runLevel(plan.config);
    const agent = plan.graph.agents.get(name);
    if (agent === undefined) return undefined;
    const level = levelOf(config, agent, toolName);
    const target = findTarget(agent, toolName);
    if (target?.type !== "tool") return level;
    try {
      const call = { agent: name, arguments: readJson(text) };
      const ruling = await rulingOn(target.tool, call, policy);
      return strictest([level, ruling?.verdict === "ask" ? ruling.approver : undefined]);
    } catch {
      return level;
    }
  };
}

function readJson(text: string): JsonValue | undefined {
  try {
    return parseStrictJson(text);
  } catch {
    return undefined;
  }
}
