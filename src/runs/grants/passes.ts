import type { PassRequest, Passes } from "../../engine/passes.ts";
import { reaches } from "../../engine/vocabulary.ts";
import { errorMessage } from "../../lib/errors.ts";
import type { Log } from "../../lib/log.ts";
import { pastFacts } from "../hold/past-facts.ts";
import { pastTool } from "../hold/past-calls.ts";
import { present, weighed } from "../hold/present.ts";
import { isDecidedAlone, tiers, type Tier } from "../hold/presentation.ts";
import type { RunStore } from "../run-store.ts";
import { visibleLine } from "../shown-text.ts";
import { parseTerms, type GrantTerms } from "./grant.ts";
import { isLike } from "./likeness.ts";

type GrantStore = Pick<RunStore, "grantsFor" | "useGrant" | "pastOf">;

/** The yeses for later calls that a store keeps, as calls are gated. */
export function createPasses(store: GrantStore, log: Log): Passes {
  const looking = new Map<string, ReturnType<GrantStore["grantsFor"]>>();
  // Calls that are gated at once share a look, and so are asked about in their order.
  const grantsFor = (tool: string): ReturnType<GrantStore["grantsFor"]> => {
    const asked = looking.get(tool) ?? store.grantsFor(tool);
    if (!(asked instanceof Promise) || looking.has(tool)) return asked;
    const shared = asked.finally(() => looking.delete(tool));
    looking.set(tool, shared);
    return shared;
  };
  const find = async (request: PassRequest): Promise<string | undefined> => {
    const { run, tool, needed } = request;
    // Where rules want a person, no yes of before is one.
    if (needed === "person") return undefined;
    const kept = await grantsFor(pastTool(run.source, tool.name));
    const fitting = kept.flatMap((each) => {
      const terms = parseTerms(each);
      return terms !== undefined && fits(terms, request) ? [{ terms, id: each.grantId }] : [];
    });
    if (fitting.length === 0) return undefined;
    const tier = await tierNow(store, request);
    for (const { terms, id } of fitting) {
      if (tier === undefined || isMore(tier, terms.tier)) continue;
      if (await store.useGrant(id)) return `${id} by ${terms.by}`;
    }
    return undefined;
  };
  const asks = (what: string, { run, call }: PassRequest, error: unknown): void =>
    log.warn(
      `run ${run.runId ?? ""}: call ${call.item.callId} of ${visibleLine(call.item.name)} is asked about, since ${what}: ${errorMessage(error)}`,
    );
  return {
    async passOf(request) {
      try {
        return await find(request);
      } catch (error) {
        asks("no yes for later calls could be looked for", request, error);
        return undefined;
      }
    },
    async isAlone(request) {
      try {
        return (await tierNow(store, request)) === undefined;
      } catch (error) {
        asks("its risk could not be looked at", request, error);
        return true;
      }
    },
  };
}

/** Whether a yes was given for calls like this one. */
export function fits(
  { agent, tool: name, toolDigest, likeness, level }: GrantTerms,
  { call, tool, args, needed }: Pick<PassRequest, "call" | "tool" | "args" | "needed">,
): boolean {
  if (agent !== call.agent || name !== tool.name || toolDigest !== tool.digest) return false;
  return reaches(level, needed) && isLike(likeness, JSON.stringify(args.shown));
}

function isMore(tier: Tier, than: Tier): boolean {
  return tiers.indexOf(tier) > tiers.indexOf(than);
}

/** The risk of a call as it would be shown; `undefined` for one that is decided by itself. */
async function tierNow(store: GrantStore, request: PassRequest): Promise<Tier | undefined> {
  const { run, call, path, tool, args, reason } = request;
  const { name, digest: toolDigest, definition } = tool;
  const { callId } = call.item;
  const json = JSON.stringify(args.shown);
  const asked = { kind: "tool_call", agent: call.agent, tool: name, toolDigest } as const;
  const shown = present(
    run,
    { ...asked, callId, path, reason, expiresAt: undefined, expiry: "reject" },
    json,
    definition,
  );
  const of = { source: run.source, tool: name, toolDigest, arguments: json };
  const presentation = weighed(shown, await pastFacts(store, of));
  return isDecidedAlone({ kind: "tool_call", presentation }) ? undefined : presentation.tier;
}
