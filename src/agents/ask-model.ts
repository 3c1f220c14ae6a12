import { failFrame } from "../engine/activation.ts";
import { isOver } from "../engine/frames.ts";
import type { CallKind } from "../engine/vocabulary.ts";
import { ConflictError, toError } from "../lib/errors.ts";
import { isPending, untilQuiet } from "../lib/pending.ts";
import { frameAt, runHooks, type AgentActivation } from "./activation.ts";
import type { AnyAgent, RunTool } from "./agent.ts";
import { callsIn, checkResponse, readStream } from "./response.ts";
import { sharedOf, type Frame } from "./conversation.ts";
import type { DraftOf } from "./entries.ts";
import { UserError } from "./errors.ts";
import { RunRawModelStreamEvent } from "./face/events.ts";
import type { Handoff } from "./handoff.ts";
import { filterInput, type Sent } from "./filter-input.ts";
import { configOf, frameContext, mergeSettings } from "./frame-config.ts";
import { agentToolOf } from "./graph.ts";
import { type AgentInputItem, withoutReasoningIds } from "./items.ts";
import {
  isRefusedCall,
  isRepeatable,
  type Model,
  type ModelRequest,
  type ModelResponse,
  type ModelSettings,
  type SerializedTool,
} from "./model.ts";
import { implicitSettings, resolveModel } from "./model-defaults.ts";
import { offered, promptOf } from "./offers.ts";
import { historyOf, openingOf } from "./opening.ts";
import { refuseOptions } from "./refused.ts";
import { toOutputSchema } from "./schema/output-schema.ts";
import { isRetryable, stopResumably } from "./stop-run.ts";
import { toUsageEntry } from "./usage.ts";
import { contextChange } from "./saved-context.ts";

/** A model call: for whom, and which of the added input and of the late news it is sent. */
interface Turn {
  agent: AnyAgent;
  added: readonly AgentInputItem[];
  news: readonly AgentInputItem[];
}

/** Calls the model for a frame's agent, and records what it answered, or that it failed. */
export async function callModel(
  activation: AgentActivation,
  frame: Frame,
  turn: Turn,
): Promise<void> {
  const { agent, added, news } = turn;
  const { path } = frame;
  const number = frame.data.turns;
  let response: ModelResponse;
  let kept: Sent["kept"];
  try {
    const resolved = resolveModel(agent, configOf(activation.own.plan, frame));
    const model = isPending(resolved) ? await resolved : resolved;
    const prepared = await prepareRequest(activation, frame, turn);
    const { request } = prepared;
    kept = prepared.kept;
    // A guardrail beside the model that answers at once is heard before anything is sent.
    if (number === 0) await untilQuiet();
    if (isOver(activation.frame(path))) throw new ConflictError("The input did not pass");
    if (!isRepeatable(request)) {
      await activation.append(path, [{ type: "model_requested", from: frame.data.unseenFrom }]);
    }
    response = checkResponse(await ask(activation, frame, { model, request }));
  } catch (error) {
    if (error instanceof ConflictError) throw error;
    if (activation.abort.aborted) throw new ConflictError("The activation was stopped");
    const known = toError(error);
    // A nested run's failure is told to the agent above it, unless it may pass: all that was
    // approved and done inside would be lost, and perhaps asked for once more.
    return path.length > 0 && !isRetryable(known)
      ? failFrame(activation, frame, { error: known })
      : stopResumably(activation, frame, {
          error: known,
          unanswered: frameAt(activation, path).data.requested !== undefined && !isRefused(known),
        });
  }
  const asked = { graph: activation.own.plan.graph, frame, agent };
  const answer = toEntry(response, {
    ...callsIn(asked, response),
    turn: number,
    admitted: added.length,
    told: news.length,
    kept,
  });
  await activation.append(path, [answer, ...contextChange(activation)]);
}

/** Whether the provider did nothing with the request: it said so, or was sent none. */
function isRefused(error: Error): boolean {
  return error instanceof UserError || isRefusedCall(error);
}

async function prepareRequest(
  activation: AgentActivation,
  frame: Frame,
  { agent, added, news }: Turn,
): Promise<{ request: ModelRequest; kept: Sent["kept"] }> {
  const context = frameContext(activation, frame);
  if (frame.data.agentTurns === 0) {
    const history = historyOf(activation.recorder.journal, frame);
    agent.emit("agent_start", context, agent, [...history]);
    runHooks(activation, frame).emit("agent_start", context, agent, [...history]);
  }
  const offer = offered(activation.own.plan.graph.offers, frame.key, { agent, context });
  const prompt = promptOf(agent, context);
  const [{ tools, handoffs }, instructions] =
    isPending(offer) || isPending(prompt) ? await Promise.all([offer, prompt]) : [offer, prompt];
  const sent = filterInput(activation, frame, {
    agent,
    history: modelInput(activation, frame),
    fresh: [...added, ...news],
    instructions,
  });
  const data = isPending(sent) ? await sent : sent;
  const request: ModelRequest = {
    ...(data.instructions === undefined ? {} : { systemInstructions: data.instructions }),
    input: data.input,
    ...serverHistory(activation, frame),
    modelSettings: settingsFor(activation, frame, agent),
    tools: tools.map((entry) => serializeTool(entry)),
    toolsExplicitlyProvided: agent.hasExplicitTools(),
    outputType: toOutputSchema(agent.outputType),
    handoffs: handoffs.map((handoff) => serializeHandoff(handoff)),
    tracing: false,
    signal: activation.abort,
  };
  return { request, kept: data.kept };
}

/** Whether the provider keeps this frame's history: then only what it has not seen is sent. */
function isServerManaged(activation: AgentActivation, frame: Frame): boolean {
  return frame.path.length === 0 && sharedOf(activation.state).isServerManaged;
}

/** The conversation so far, as its provider is to see it. */
function modelInput(activation: AgentActivation, frame: Frame): AgentInputItem[] {
  const { own, recorder } = activation;
  const { history, unseenFrom, owed } = frame.data;
  const items = isServerManaged(activation, frame)
    ? [...history.slice(unseenFrom), ...owed]
    : historyOf(recorder.journal, frame);
  const { reasoningItemIdPolicy: policy } =
    frame.parent === undefined ? frame.data : configOf(own.plan, frame);
  if (policy !== "omit") return items;
  return withoutReasoningIds(items, openingOf(recorder.journal, frame));
}

function serverHistory(
  activation: AgentActivation,
  frame: Frame,
): { conversationId?: string; previousResponseId?: string } {
  if (!isServerManaged(activation, frame)) return {};
  const { conversationId, previousResponseId } = sharedOf(activation.state);
  if (conversationId !== undefined) return { conversationId };
  const last = frame.data.responses.findLast(({ responseId }) => responseId !== undefined);
  const id = last?.responseId ?? previousResponseId;
  return id === undefined ? {} : { previousResponseId: id };
}

function settingsFor(activation: AgentActivation, frame: Frame, agent: AnyAgent): ModelSettings {
  const config = configOf(activation.own.plan, frame);
  const below = mergeSettings(implicitSettings(agent, config), config.modelSettings ?? {});
  const settings = mergeSettings(below, agent.modelSettings);
  checkSettings(settings);
  // A forced choice would force the next call as well, without end.
  const isForced = settings.toolChoice !== undefined && settings.toolChoice !== "none";
  if (isForced && agent.resetToolChoice && frame.data.usedTools.has(agent.name)) {
    delete settings.toolChoice;
  }
  return settings;
}

/** @throws UserError for what no model of this library would ask */
function checkSettings(settings: ModelSettings): void {
  refuseOptions("modelSettings", settings, "call a model: modelSettings");
  const policy: unknown = settings.retry?.policy;
  if (policy === undefined || typeof policy === "function") return;
  throw new UserError(
    "Cannot call a model with modelSettings.retry.policy: it must be a function, such as retryPolicies.networkError()",
  );
}

function serializeTool(entry: RunTool): SerializedTool {
  if (entry.type === "hosted_tool") {
    const { type, name, providerData } = entry;
    return { type, name, ...(providerData === undefined ? {} : { providerData }) };
  }
  const { type, name, description, parameters, strict, deferLoading } = entry;
  const deferred = deferLoading === undefined ? {} : { deferLoading };
  return { type, name, description, parameters, strict, ...deferred };
}

function serializeHandoff(handoff: Handoff): ModelRequest["handoffs"][number] {
  const { toolName, toolDescription, inputJsonSchema, strictJsonSchema } = handoff;
  return { toolName, toolDescription, inputJsonSchema, strictJsonSchema };
}

function ask(
  { own }: AgentActivation,
  frame: Frame,
  { model, request }: { model: Model; request: ModelRequest },
): Promise<ModelResponse> {
  // Whoever listens to a nested run is told all that a stream tells.
  const link = agentToolOf(own.plan.graph, frame)?.link;
  const isWatched = link?.options.onStream !== undefined || (link?.handlers.size ?? 0) > 0;
  const stream = own.streamed || isWatched;
  let told = false;
  const send = (one: ModelRequest): Promise<ModelResponse> =>
    stream
      ? readStream(model.getStreamedResponse(one), (event) => {
          told = true;
          own.emit(new RunRawModelStreamEvent(event), frame);
        })
      : model.getResponse(one);
  const { retry, timeoutMs } = request.modelSettings;
  const isPlain = retry?.policy === undefined && timeoutMs === undefined;
  if (isPlain && model.getRetryAdvice === undefined) return send(request);
  return import("./retry-model.ts").then(({ askPatiently }) =>
    askPatiently({ model, request, stream, send, wasTold: () => told }),
  );
}

interface Answered {
  turn: number;
  ignored: string[];
  kinds: Record<string, CallKind>;
  admitted: number;
  told: number;
  kept: Sent["kept"];
}

function toEntry(
  response: ModelResponse,
  { turn, ignored, kinds, admitted, told, kept }: Answered,
): DraftOf<"model_responded"> {
  const { responseId, requestId, output, providerData } = response;
  return {
    type: "model_responded",
    turn,
    ...(responseId === undefined ? {} : { responseId }),
    ...(requestId === undefined ? {} : { requestId }),
    output,
    ...(ignored.length === 0 ? {} : { ignored }),
    ...(Object.keys(kinds).length === 0 ? {} : { kinds }),
    ...(admitted === 0 ? {} : { admitted }),
    ...(told === 0 ? {} : { told }),
    ...(kept === undefined ? {} : { kept }),
    usage: toUsageEntry(response.usage),
    ...(providerData === undefined
      ? {}
      : {
          providerData: providerData as DraftOf<"model_responded">["providerData"],
        }),
  };
}
