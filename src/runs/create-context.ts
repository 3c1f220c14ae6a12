import type { RunContext, ContextCodec } from "../agents/run-context.ts";
import { openContext, restoreContext, savedContext, toContext } from "../agents/saved-context.ts";
import type { Run } from "../engine/state.ts";
import { errorMessage, HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { answerOf } from "../lib/pending.ts";
import type { AgentEntry, ContextRequest } from "./agent-registry.ts";

type Maker = Pick<AgentEntry, "agent" | "createContext">;

/** The context that a run starts with. @throws HoldpointError `config_invalid` */
export async function firstContext(
  { agent, createContext }: Maker,
  {
    runId,
    sessionId,
    codec,
  }: { runId: RunId; sessionId?: string | undefined; codec: ContextCodec },
): Promise<RunContext> {
  if (createContext === undefined) return toContext(undefined, codec);
  return toContext(await made(createContext, { runId, agent: agent.name, sessionId }), codec);
}

/**
 * The context of a run that goes on here: what was saved of it, and what `createContext` makes of
 * what could not be.
 *
 * @throws HoldpointError `config_invalid`
 */
export async function runContext(
  { agent, createContext }: Maker,
  { runId, state, config: codec }: { runId: RunId; state: Run; config: ContextCodec },
): Promise<RunContext> {
  const saved = savedContext(state);
  if (createContext === undefined) return openContext(saved, { codec });
  const { sessionId } = state;
  const context = await made(createContext, { runId, agent: agent.name, sessionId });
  return restoreContext(saved, { made: context, codec });
}

async function made(
  createContext: NonNullable<Maker["createContext"]>,
  request: ContextRequest,
): Promise<unknown> {
  try {
    return await answerOf(createContext(request), "It");
  } catch (cause) {
    throw new HoldpointError(
      "config_invalid",
      `Cannot make a context for a run of "${request.agent}": createContext failed: ${errorMessage(cause)}`,
      { cause },
    );
  }
}
