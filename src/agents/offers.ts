import {
  linkOf,
  saysHandoffs,
  saysTools,
  toRunTool,
  type AnyAgent,
  type RunTool,
} from "./agent.ts";
import { UserError } from "./errors.ts";
import { getHandoff, type Handoff } from "./handoff.ts";
import type { RunContext } from "./run-context.ts";
import { answerOf } from "../lib/within-time.ts";

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

/** Asks an agent that says itself what it offers; of others there is nothing to know. */
export async function learnOffer(
  offers: Offers,
  frameKey: string,
  { agent, context }: { agent: AnyAgent; context: RunContext },
): Promise<Offer | undefined> {
  if (!saysTools(agent) && !saysHandoffs(agent)) return undefined;
  const [tools, handoffs] = await Promise.all([
    saysTools(agent) ? listedTools(agent, context) : undefined,
    saysHandoffs(agent) ? listedHandoffs(agent, context) : undefined,
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
