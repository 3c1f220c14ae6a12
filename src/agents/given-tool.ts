import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { UserError } from "./errors.ts";
import {
  madeAs,
  toolBrand,
  type FunctionTool,
  type MadeParts,
  type RunnableTool,
} from "./function-tool.ts";
import { refuseOptions } from "./refused.ts";
import { validateAgainstSchema } from "./schema/schema-check.ts";
import { defaultErrorFunction, toolDigest } from "./tool.ts";
import { toApprovalRule, type ApprovalRule } from "./gate.ts";

/**
 * A tool as it is run. One that is as `tool()` made it is that itself. Where a program put something
 * of its own in place of a part, or wrote all of them, those parts hold as they are now.
 *
 * @throws UserError for what cannot be run as it is meant
 */
export function toRunnable(entry: FunctionTool): RunnableTool {
  if (!isMade(entry)) return foreign(entry);
  const made = entry[madeAs];
  const isAsMade =
    entry.invoke === made.invoke &&
    entry.needsApproval === made.needsApproval &&
    entry.isEnabled === made.isEnabled &&
    entry.name === made.name &&
    entry.description === made.description &&
    entry.parameters === made.parameters;
  return isAsMade ? entry : changed(entry, made);
}

/** A copy of a tool of ours, or the tool itself, some of whose parts are others by now. */
function changed(entry: RunnableTool, made: MadeParts): RunnableTool {
  const isReplaced = entry.invoke !== made.invoke;
  if (isReplaced && entry.agentTool !== undefined) {
    throw refusal(
      entry,
      "it is an agent used as a tool, whose run is not what invoke does. Gate it with needsApproval, or give it inputGuardrails, instead of another invoke",
    );
  }
  const isOpen = entry.needsApproval === made.needsApproval;
  if (!isOpen && entry.approvalRule.type === "policy") {
    throw refusal(entry, "rules say when it waits. Write a rule instead of another needsApproval");
  }
  const { annotations, approvalTimeout, idempotent, errorFunction, agentTool } = entry;
  return {
    ...partsOf(entry),
    [madeAs]: made,
    digest: entry.digest === made.digest ? digestOf(entry) : entry.digest,
    annotations,
    approvalRule: isOpen ? entry.approvalRule : ruleOf(entry),
    approvalTimeout,
    idempotent,
    errorFunction,
    agentTool,
    given: entry,
    invokes: isReplaced,
    parse: (value) => entry.parse(value),
    check: (value) => entry.check(value),
    execute: (value, context, details) => entry.execute(value, context, details),
  };
}

/** A tool that another library made, or nobody. */
function foreign(entry: FunctionTool): RunnableTool {
  checkParts(entry);
  const digest = digestOf(entry);
  const { name, description, parameters, invoke, needsApproval, isEnabled } = entry;
  return {
    ...partsOf(entry),
    [madeAs]: { name, description, parameters, invoke, needsApproval, isEnabled, digest },
    digest,
    approvalRule: ruleOf(entry),
    idempotent: false,
    errorFunction: defaultErrorFunction,
    given: entry,
    invokes: true,
    parse: (value) => value,
    check: (value) => validateAgainstSchema(entry.parameters, value),
    execute() {
      throw new Error(`Tool ${name} is invoked, not executed`);
    },
  };
}

type Parts = Omit<FunctionTool, "inputGuardrails" | "outputGuardrails" | "timeoutBehavior"> &
  Pick<RunnableTool, "inputGuardrails" | "outputGuardrails" | "timeoutBehavior" | typeof toolBrand>;

/** Read one by one: a copy of an object with a class would have none of what the class says. */
function partsOf(entry: FunctionTool): Parts {
  const { name, description, parameters, timeoutMs, needsApproval } = entry;
  return {
    [toolBrand]: true,
    type: "function",
    name,
    description,
    parameters,
    strict: entry.strict ?? true,
    deferLoading: entry.deferLoading,
    invoke: (context, text, details) => entry.invoke(context, text, details),
    needsApproval,
    isEnabled: enabledRule(entry),
    timeoutMs,
    timeoutBehavior: entry.timeoutBehavior ?? "error_as_result",
    timeoutErrorFunction: entry.timeoutErrorFunction,
    inputGuardrails: entry.inputGuardrails ?? [],
    outputGuardrails: entry.outputGuardrails ?? [],
  };
}

/** A gate that cannot be understood must not be taken for an open one. */
function ruleOf(entry: FunctionTool): ApprovalRule {
  const given: unknown = entry.needsApproval;
  if (given === undefined) return { type: "always" };
  const rule = toApprovalRule(given, `Cannot run tool "${entry.name}"`);
  if (rule.type !== "dynamic") return rule;
  // Asked as a method: it may be one.
  return {
    type: "dynamic",
    decide: (context, input, callId) => entry.needsApproval(context, input, callId),
  };
}

function enabledRule(entry: FunctionTool): FunctionTool["isEnabled"] {
  const given: unknown = entry.isEnabled;
  if (typeof given === "function") return (context, agent) => entry.isEnabled(context, agent);
  if (given === undefined || typeof given === "boolean") return () => given ?? true;
  throw refusal(entry, "its isEnabled must be true, false or a function");
}

function checkParts(entry: FunctionTool): void {
  const { name, description, parameters, invoke } = entry as Partial<FunctionTool>;
  if (typeof name !== "string" || name === "") {
    throw new UserError("Cannot run a tool that has no name");
  }
  if (typeof invoke !== "function") throw refusal(entry, "it has no invoke. Make it with tool()");
  if (typeof description !== "string") throw refusal(entry, "its description must be a text");
  if (!isJsonObject(parameters)) throw refusal(entry, "its parameters must be a JSON Schema");
  // What @openai/agents makes of an agent: its run would hold approvals that nobody sees.
  if ("on" in entry && typeof entry.on === "function") {
    throw refusal(entry, "it is an agent of another library. Make the agent with this one");
  }
  refuseOptions("tool", entry, `run tool "${name}"`);
}

function refusal({ name }: FunctionTool, why: string): UserError {
  return new UserError(`Cannot run tool "${name}": ${why}`);
}

/** Digests by schema: tools are looked at again and again. */
const digests = new WeakMap<JsonObject, Pick<MadeParts, "name" | "description" | "digest">>();

function digestOf({ name, description, parameters }: FunctionTool): string {
  const known = digests.get(parameters);
  if (known?.name === name && known.description === description) return known.digest;
  const digest = toolDigest({ name, description, parameters });
  digests.set(parameters, { name, description, digest });
  return digest;
}

/** Whether `tool()` made it, or what it was copied from. */
export function isMade(value: FunctionTool): value is RunnableTool {
  return toolBrand in value && madeAs in value;
}
