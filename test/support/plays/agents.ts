import { z } from "zod";

import type { ToolUseBehavior } from "../../../src/agents/agent-options.ts";
import { Agent } from "../../../src/agents/agent.ts";
import {
  ToolGuardrailFunctionOutputFactory,
  type InputGuardrail,
  type ToolInputGuardrailData,
} from "../../../src/agents/guardrail.ts";
import type { ToolGuardrailFunctionOutput } from "../../../src/agents/guardrail-output.ts";
import { handoff, type HandoffInputFilter } from "../../../src/agents/handoff.ts";
import { user, type AgentInputItem } from "../../../src/agents/items.ts";
import type { Model, ModelRequest, ModelResponse } from "../../../src/agents/model.ts";
import type { RunContext } from "../../../src/agents/run-context.ts";
import type {
  RunnableTool as FunctionTool,
  ToolCallDetails,
} from "../../../src/agents/function-tool.ts";
import { tool } from "../../../src/agents/tool.ts";
import type { PlayContext } from "./play.ts";
import {
  agentName,
  callsOf,
  framesOf,
  responseOf,
  type FilterKind,
  type FrameScript,
  type PlayScript,
} from "./script.ts";
import type { World } from "./world.ts";

/** Fresh agents that play a script; returns the one to start with. */
export function createPlayAgents(script: PlayScript, world: World): Agent {
  const model = createPlayModel(script, world);
  const tools = createTools(script, world);
  let delegate: FunctionTool[] = [];
  let first: Agent | undefined;
  for (let level = depthOf(script.root); level >= 0; level -= 1) {
    first = createChain({ level, tools: [...tools, ...delegate], model, script, world });
    delegate = [
      first.asTool({
        toolName: "delegate",
        needsApproval: async (_context, { input }) => input.startsWith("gated"),
      }),
    ];
  }
  if (first === undefined) throw new Error("A play has at least one agent");
  return first;
}

function depthOf(frame: FrameScript): number {
  const depths = callsOf(frame).map(({ frame: child }) => (child ? 1 + depthOf(child) : 0));
  return Math.max(0, ...depths);
}

function createChain({
  level,
  tools,
  model,
  script,
  world,
}: {
  level: number;
  tools: FunctionTool[];
  model: Model;
  script: PlayScript;
  world: World;
}): Agent {
  let next: Agent | undefined;
  for (let segment = 2; segment >= 0; segment -= 1) {
    const inputFilter = filters[script.filters[segment] ?? "none"];
    const options = inputFilter === undefined ? {} : { inputFilter };
    const name = agentName(level, segment);
    const handoffs: Agent["handoffs"] = next === undefined ? [] : [handoff(next, options)];
    const isRoot = level === 0 && segment === 0;
    const inputGuardrails = isRoot ? guardrailsOf(script, world) : [];
    const toolUseBehavior = endings[script.stopsAt];
    next = new Agent({
      name,
      instructions: name,
      model,
      tools,
      handoffs,
      inputGuardrails,
      toolUseBehavior,
    });
  }
  if (next === undefined) throw new Error("A chain has at least one agent");
  return next;
}

const endings: Record<PlayScript["stopsAt"], ToolUseBehavior> = {
  last_word: "run_llm_again",
  first_tool: "stop_on_first_tool",
  pay: { stopAtToolNames: ["pay"] },
};

function guardrailsOf({ guardrail }: PlayScript, world: World): InputGuardrail[] {
  if (guardrail === "none") return [];
  const runInParallel = guardrail === "parallel";
  const execute: InputGuardrail["execute"] = async () => {
    for (let turn = 0; turn < 12; turn += 1) await world.delay();
    return { tripwireTriggered: false, outputInfo: { looked: true } };
  };
  return [{ name: "input_is_fine", runInParallel, execute }];
}

const parameters = z.object({
  policy: z.enum(["free", "ask", "throw", "odd"]),
  fails: z.boolean(),
  note: z.string(),
  guarded: z.enum(["no", "denied", "replaced"]),
  unit: z.string().default("EUR"),
});

const description = "Does something that must not be done twice.";
const guardrailVerdict = (
  { toolCall }: { toolCall: { arguments: string } },
  guarded: string,
): ToolGuardrailFunctionOutput => {
  const isMeant = toolCall.arguments.includes(`"guarded":"${guarded}"`);
  const { allow, rejectContent } = ToolGuardrailFunctionOutputFactory;
  return isMeant ? rejectContent(`This is ${guarded} by a rule.`) : allow();
};

const declared = {
  description,
  parameters,
  execute: () => "",
  inputGuardrails: [
    { name: "may_run", run: (given: ToolInputGuardrailData) => guardrailVerdict(given, "denied") },
  ],
  outputGuardrails: [
    {
      name: "may_be_seen",
      run: (given: ToolInputGuardrailData) => guardrailVerdict(given, "replaced"),
    },
  ],
};

// Declared once: making schemas takes longer than playing.
const declarations = [
  tool({ ...declared, name: "look" }),
  tool({ ...declared, name: "move", needsApproval: (_context, args) => askPolicy(args.policy) }),
  tool({ ...declared, name: "pay", needsApproval: true }),
  tool({ ...declared, name: "pay_keyed", needsApproval: true, idempotent: true }),
  tool({ ...declared, name: "burn", errorFunction: null }),
];

function isGuarded({ root }: PlayScript): boolean {
  return framesOf(root).some((frame) => callsOf(frame).some(({ guarded }) => guarded !== "no"));
}

function createTools(script: PlayScript, world: World): FunctionTool[] {
  const execute = async (
    given: unknown,
    context: RunContext<PlayContext> | undefined,
    { toolCall, idempotencyKey }: ToolCallDetails = {},
  ): Promise<string> => {
    const args = parameters.parse(given);
    // The key without the run's id, which differs from play to play.
    const place = idempotencyKey?.split("/").slice(1).join("/") ?? "";
    await world.delay();
    world.ran(place, args);
    if (script.usesContext && context !== undefined) context.context.ran[place] = args.note;
    await world.delay();
    if (args.fails || toolCall?.name === "burn") throw new Error("The tool failed");
    return `${toolCall?.name ?? ""} ${toolCall?.callId ?? ""} ${args.note}`;
  };
  const guardrails = isGuarded(script) ? {} : { inputGuardrails: [], outputGuardrails: [] };
  return declarations.map((declaration) => ({
    ...declaration,
    ...guardrails,
    execute: execute as FunctionTool["execute"],
  }));
}

async function askPolicy(policy: z.output<typeof parameters>["policy"]): Promise<boolean> {
  await Promise.resolve();
  if (policy === "throw") throw new Error("The policy is out of order");
  if (policy === "odd") return JSON.parse('"perhaps"') as boolean;
  return policy === "ask";
}

const filters: Record<FilterKind, HandoffInputFilter | undefined> = {
  none: undefined,
  drop_tools: (given) => ({
    ...given,
    preHandoffItems: given.preHandoffItems.filter(({ rawItem }) => !isToolItem(rawItem)),
    newItems: given.newItems.filter(({ rawItem }) => !isToolItem(rawItem)),
  }),
  rewrite_input: (given) => ({
    ...given,
    inputHistory: [user(`${frameIn(inputItems(given.inputHistory))} as told to me`)],
    preHandoffItems: [],
  }),
  add_note: (given) => ({
    ...given,
    newItems: [...given.newItems, { type: "input_item", rawItem: user("Please be brief.") }],
  }),
};

function isToolItem({ type }: AgentInputItem): boolean {
  return type === "function_call" || type === "function_call_result" || type === "reasoning";
}

function inputItems(input: string | AgentInputItem[]): AgentInputItem[] {
  return typeof input === "string" ? [user(input)] : input;
}

/** A model that knows from its request alone where in the script it is. */
function createPlayModel(script: PlayScript, world: World): Model {
  const frames = new Map(framesOf(script.root).map((frame) => [`frame ${frame.id}`, frame]));
  const getResponse = async (request: ModelRequest): Promise<ModelResponse> => {
    const agent = request.systemInstructions ?? "";
    const segment = Number(agent.at(-1));
    const input = inputItems(request.input);
    const name = frameIn(input);
    const turn = nextTurn(input, segment);
    world.asked(`${name} ${agent} ${turn}`, request);
    await world.delay();
    const frame = frames.get(name);
    if (frame === undefined) throw new Error(`The script has no ${name}`);
    const output = responseOf(frame, { segment, turn, agent });
    const usage = { requests: 1, inputTokens: input.length, outputTokens: output.length };
    return { output, usage, responseId: `resp_${frame.id}_${segment}_${turn}` };
  };
  return {
    getResponse,
    async *getStreamedResponse(request) {
      yield { type: "response_started" };
      const { output, usage, responseId = "" } = await getResponse(request);
      await world.delay();
      yield { type: "response_done", response: { id: responseId, usage, output } };
    },
  };
}

/** Which run a request is of; a server that keeps the history is not sent its first message. */
function frameIn(input: readonly AgentInputItem[]): string {
  for (const item of input) {
    if (!("role" in item) || item.role !== "user") continue;
    const found = /frame \d+/.exec(JSON.stringify(item.content));
    if (found !== null) return found[0];
  }
  return "frame 0";
}

function nextTurn(input: readonly AgentInputItem[], segment: number): number {
  const turns = input.map((item) => {
    const id = item.type === "function_call_result" ? item.callId : "";
    return id.startsWith(`${segment}.`) ? Number(id.split(".")[1]) : -1;
  });
  return Math.max(-1, ...turns) + 1;
}
