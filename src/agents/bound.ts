import type { Bound, Words, Activation } from "../engine/driver.ts";
import { failFrame } from "../engine/activation.ts";
import type { Call } from "../engine/state.ts";
import { errorMessage } from "../lib/errors.ts";
import { stderrLog } from "../lib/log.ts";
import type { AgentActivation, Own, Plan } from "./activation.ts";
import { askAboutModel } from "./ask.ts";
import { bindTool } from "./bound-tool.ts";
import { complete } from "./complete.ts";
import { framesOf, type Conversation, type Frame } from "./conversation.ts";
import {
  ApprovalExpiredError,
  InvalidToolInputError,
  ModelBehaviorError,
  UserError,
} from "./errors.ts";
import { configOf, frameContext } from "./frame-config.ts";
import { createItemEvents } from "./face/item-events.ts";
import type { ToolErrorFormatterArgs } from "./face/config.ts";
import { guardInput } from "./guard-input.ts";
import { refreshProviders } from "./graph.ts";
import { handOff } from "./hand-off.ts";
import { collectNestedRun, openNestedRun } from "./nested.ts";
import { learnOffer } from "./offers.ts";
import { loadHistory } from "./opening.ts";
import { leaveInSession, savedSession } from "./save-session.ts";
import { takeTurn } from "./take-turn.ts";
import { nextOf, raisesNotFound, restOf, targetOf, type TurnStep } from "./turn-steps.ts";
import type { Journal } from "../engine/journal.ts";
import { answerOf, type MaybePromise } from "../lib/pending.ts";
import { contextChange } from "./saved-context.ts";

/** Agents that say themselves what they offer are asked before any call that is open is settled. */
async function learnOffers(own: Own, { state }: Journal): Promise<void> {
  const { graph } = own.plan;
  for (const key of state.live) {
    const frame = framesOf(state).get(key);
    const agent = frame && graph.agents.get(frame.data.agent);
    if (agent !== undefined && frame?.data.turn !== undefined) {
      const context = frameContext({ own, state }, frame);
      await learnOffer(graph.offers, key, { agent, context });
    }
  }
}

/** What can be done with runs of these agents. */
export function plannerOf(
  plan: Plan,
): Pick<Bound<Conversation, TurnStep>, "next" | "rest" | "target"> {
  return {
    next: (_run, frame, epoch) => nextOf(plan, frame, epoch),
    rest: (run) => restOf(plan, run),
    target: (frame, call) => targetOf(plan, frame, call),
  };
}

/** The driver of agents, bound to their code, for one activation of the run of `journal`. */
export function bindAgents(own: Own, journal: Journal): Bound<Conversation, TurnStep, Own> {
  const { plan } = own;
  return {
    own,
    async prepare() {
      await Promise.all([loadHistory(journal, own.session), refreshProviders(plan.graph)]);
      await learnOffers(own, journal);
    },
    ...plannerOf(plan),
    perform,
    async leave({ recorder, epoch }) {
      const { session } = own;
      if (session === undefined || restOf(plan, recorder.journal.state).length === 0) return;
      await leaveInSession({ session, recorder, epoch });
    },
    tool: bindTool,
    open: openNestedRun,
    collect: collectNestedRun,
    beside: contextChange,
    heard: createItemEvents({ plan, state: journal.state, emit: own.emit }),
    words: wordsOf(own),
  };
}

/** Performs a step of agents. */
function perform(activation: Activation<Own>, step: TurnStep): MaybePromise<unknown> {
  const { frame } = step;
  switch (step.type) {
    case "guard_input":
      return guardInput(activation, frame, step.guardrail);
    case "take_turn":
      return takeTurn(activation, frame);
    case "complete":
      return complete(activation, frame, { from: "message" });
    case "hand_off":
      return handOff(activation, frame, step.call);
    case "save_session":
      return savedSession(activation);
    case "ask_about_model":
      return activation.append(frame.path, [askAboutModel(frame, activation.own.plan.config)]);
    case "fail":
      return failFrame(activation, frame, { error: new ModelBehaviorError(step.message) });
  }
}

const DEFAULT_REJECTION = "Tool execution was not approved.";

function wordsOf({ plan }: Own): Words<Conversation, Own> {
  return {
    rejected: ({ activation, frame, call }) =>
      formatError(activation, frame, {
        kind: "approval_rejected",
        toolName: call.item.name,
        callId: call.item.callId,
        defaultMessage: DEFAULT_REJECTION,
      }),
    async notFound({ activation, frame, call }) {
      const { name: toolName, callId } = call.item;
      if (raisesNotFound(plan, frame)) {
        return new ModelBehaviorError(`Tool ${toolName} not found in agent ${call.agent}.`);
      }
      const defaultMessage = `Tool '${toolName}' not found.`;
      return formatError(activation, frame, {
        kind: "tool_not_found",
        toolName,
        callId,
        defaultMessage,
      });
    },
    expired: (call: Call) =>
      new ApprovalExpiredError(`Nobody decided on ${call.item.name} in time`),
    invalid: (call) =>
      new InvalidToolInputError(`Invalid input for function tool '${call.item.name}'.`),
    misuse: (message) => new UserError(message),
  };
}

async function formatError(
  activation: AgentActivation,
  frame: Frame,
  args: Omit<ToolErrorFormatterArgs, "toolType" | "runContext">,
): Promise<string> {
  const { toolErrorFormatter } = configOf(activation.own.plan, frame);
  if (toolErrorFormatter === undefined) return args.defaultMessage;
  const runContext = frameContext(activation, frame);
  try {
    const told = toolErrorFormatter({ ...args, toolType: "function", runContext });
    const text = await answerOf(told, "It");
    return typeof text === "string" ? text : args.defaultMessage;
  } catch (error) {
    stderrLog.warn(`toolErrorFormatter failed: ${errorMessage(error)}`);
    return args.defaultMessage;
  }
}
