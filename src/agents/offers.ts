import { Agent, linkOf, toolsOf, toRunTool, type AnyAgent, type RunTool } from "./agent.ts";
import { UserError } from "./errors.ts";
import { getHandoff, offeredOf, type Handoff } from "./handoff.ts";
import type { RunContext } from "./run-context.ts";
import { answerOf, attempt, isPending, type MaybePromise } from "../lib/pending.ts";

/** What an agent said of itself for one frame. */
export interface Offer {
  readonly agent: AnyAgent;
  readonly tools?: readonly RunTool[] | undefined;
  readonly handoffs?: readonly Handoff[] | undefined;
}

/**
 * What agents with methods of their own offer in an activation, by frame. Asked before every model
 * call, and when a run is taken up: another user's list, or that of an earlier turn, opens nothing.
 */
export type Offers = Map<string, Offer>;

/** Whether the agent says itself what it offers. */
export function saysTools(agent: AnyAgent): boolean {
  const { getAllTools, getMcpTools } = Agent.prototype;
  return agent.getAllTools !== getAllTools || agent.getMcpTools !== getMcpTools;
}

/** The system prompt, at once where it is a text and no subclass says it. */
export function promptOf(agent: AnyAgent, context: RunContext): MaybePromise<string | undefined> {
  const { instructions } = agent;
  const isSaid = agent.getSystemPrompt !== Agent.prototype.getSystemPrompt;
  if (!isSaid && typeof instructions !== "function") return instructions;
  const said = attempt(() => agent.getSystemPrompt(context));
  return answerOf(said, `The instructions function of "${agent.name}"`);
}

/** What a model is shown of tools and handoffs, and can use of them. */
export interface Offered {
  readonly tools: readonly RunTool[];
  readonly handoffs: readonly Handoff[];
}

interface Asked {
  agent: AnyAgent;
  context: RunContext;
}

/** What an agent offers now, in a frame. */
export function offered(offers: Offers, frameKey: string, of: Asked): MaybePromise<Offered> {
  const said = learnOffer(offers, frameKey, of);
  return isPending(said) ? said.then((offer) => offeredBy(of, offer)) : offeredBy(of, said);
}

function offeredBy(of: Asked, said: Offer | undefined): MaybePromise<Offered> {
  const plain = of.agent.handoffs.map((target) => getHandoff(target));
  const tools = said?.tools ?? offeredOf(toolsOf(of.agent), of);
  const handoffs = said?.handoffs ?? offeredOf(plain, of);
  return isPending(tools) || isPending(handoffs)
    ? Promise.all([tools, handoffs]).then(([first, second]) => ({ tools: first, handoffs: second }))
    : { tools, handoffs };
}

/** Asks an agent that says itself what it offers; of others there is nothing to know. */
export function learnOffer(
  offers: Offers,
  frameKey: string,
  of: Asked,
): MaybePromise<Offer | undefined> {
  const { getEnabledHandoffs } = Agent.prototype;
  const says = {
    tools: saysTools(of.agent),
    handoffs: of.agent.getEnabledHandoffs !== getEnabledHandoffs,
  };
  if (!says.tools && !says.handoffs) return undefined;
  return askForOffer(offers, frameKey, { ...of, says });
}

async function askForOffer(
  offers: Offers,
  frameKey: string,
  { agent, context, says }: Asked & { says: { tools: boolean; handoffs: boolean } },
): Promise<Offer> {
  const [tools, handoffs] = await Promise.all([
    says.tools ? listedTools(agent, context) : undefined,
    says.handoffs ? listedHandoffs(agent, context) : undefined,
  ]);
  const offer = { agent, tools, handoffs };
  offers.set(frameKey, offer);
  return offer;
}

async function listedTools(agent: AnyAgent, context: RunContext): Promise<RunTool[]> {
  const given = await answerOf(agent.getAllTools(context), `getAllTools of "${agent.name}"`);
  const tools = given.map((entry) => toRunTool(entry));
  const known = new Set([undefined, ...agent.tools.map((entry) => linkOf(entry)?.agent)]);
  const names = new Set<string>();
  for (const entry of tools) {
    if (!known.has(linkOf(entry)?.agent)) {
      throw new UserError(
        `Cannot run agent "${agent.name}": its getAllTools returned agent tool "${entry.name}", which is not in its tools. Put it there, with isEnabled`,
      );
    }
    if (entry.type === "function" && names.size === names.add(entry.name).size) {
      throw new UserError(
        `Cannot run agent "${agent.name}": its getAllTools returned two tools named "${entry.name}"`,
      );
    }
  }
  return tools;
}

async function listedHandoffs(agent: AnyAgent, context: RunContext): Promise<Handoff[]> {
  const what = `getEnabledHandoffs of "${agent.name}"`;
  const handoffs = await answerOf(agent.getEnabledHandoffs(context), what);
  const known = new Set(agent.handoffs.map((target) => getHandoff(target).agent));
  const stranger = handoffs.find((handoff) => !known.has(handoff.agent));
  if (stranger === undefined) return handoffs;
  throw new UserError(
    `Cannot run agent "${agent.name}": its getEnabledHandoffs returned "${stranger.agentName}", which is not in its handoffs. Put it there, with isEnabled`,
  );
}
