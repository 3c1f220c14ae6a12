import { Agent } from "../../src/agents/agent.ts";
import type { AnyAgent } from "../../src/agents/agent.ts";
import type { AgentInputItem } from "../../src/agents/items.ts";
import { tool } from "../../src/agents/tool.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";

/** One call that waits, and what led to it. */
export interface HoldPlay {
  /** What the user asked for; no two alike. */
  task: string;
  /** What the agent says with the call. */
  says?: string;
  /** What a tool that is free told the agent before. */
  read?: string;
  tool: string;
  args: JsonObject;
}

export interface HoldTool {
  name: string;
  properties: JsonObject;
  annotations?: JsonObject;
  trusted?: true;
  summary?: string;
  description?: string;
}

/** An agent that does, for each task, what its play says; every tool of it waits for a person. */
export function createHoldAgent({
  name = "Clerk",
  plays,
  tools,
}: {
  name?: string;
  plays: readonly HoldPlay[];
  tools: readonly HoldTool[];
}): AnyAgent {
  const byTask = new Map(plays.map((play) => [play.task, play]));
  const model = createScriptedModel(({ input }) => {
    const items: AgentInputItem[] = typeof input === "string" ? [] : [...input];
    const play = byTask.get(typeof input === "string" ? input : taskOf(items));
    if (play === undefined) return [message("I do not know that task")];
    const outputs = items.filter((item) => item.type === "function_call_result").length;
    const reads = play.read === undefined ? 0 : 1;
    if (outputs < reads) return [call("look_up", { about: play.task })];
    if (outputs > reads) return [message("Done")];
    return [...(play.says === undefined ? [] : [message(play.says)]), call(play.tool, play.args)];
  });
  const lookUp = tool({
    name: "look_up",
    description: "Looks something up.",
    parameters: { type: "object", properties: { about: { type: "string" } } },
    strict: false,
    execute: (args) => byTask.get((args as { about: string }).about)?.read ?? "",
  });
  return new Agent({ name, model, tools: [lookUp, ...tools.map((each) => toTool(each))] });
}

function taskOf(items: readonly AgentInputItem[]): string {
  const first = items.find((item) => "role" in item && item.role === "user");
  if (first === undefined || !("content" in first)) return "";
  return typeof first.content === "string" ? first.content : "";
}

function toTool({ name, properties, annotations, trusted, summary, description }: HoldTool) {
  const made = tool({
    name,
    description: description ?? `Does ${name}.`,
    parameters: { type: "object", properties },
    strict: false,
    needsApproval: true,
    ...(summary === undefined ? {} : { summary }),
    execute: () => "Done",
  });
  return {
    ...made,
    ...(annotations === undefined ? {} : { annotations }),
    ...(trusted === undefined ? {} : { trusted }),
  };
}
