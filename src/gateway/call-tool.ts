import type { Progress } from "@modelcontextprotocol/sdk/types.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";

import { judgeBorrowed } from "../downstream/send-call.ts";
import { until } from "../downstream/until.ts";
import type { Ruling } from "../engine/driver.ts";
import type { Clock } from "../lib/clock.ts";
import { errorMessage, HoldpointError } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import type { Log } from "../lib/log.ts";
import type { RunService } from "../runs/run-service.ts";
import type { PersonAnswer } from "../mcp/elicit.ts";
import { withMark, type Answer } from "./answers.ts";
import type { Catalogue, Offered } from "./catalogue.ts";
import type { GatewayOwn } from "./driver.ts";
import { heldAnswer, replayedText, sharedText } from "./held-answers.ts";
import { holdCall } from "./hold.ts";
import { intentKey } from "./intent-key.ts";
import { meet, type Met, type Proposed } from "./meet.ts";
import { timeOf, type Settled } from "./outcome.ts";
import { readThrough } from "./reads.ts";
import { readArguments, type Caller, type Served } from "./served-tool.ts";
import type { Standing, Standings } from "./standings.ts";

/** How long a server that is starting is waited for by a call. */
const SERVER_MS = 60_000;
const PROGRESS_MS = 10_000;

/** What calls work with in this process. */
export interface CallMeans {
  /** Absent while the store cannot be used; says why, and tries again. */
  desk(): Promise<RunService>;
  readonly catalogue: Catalogue;
  readonly own: GatewayOwn;
  readonly standings: Standings;
  readonly callers: Map<RunId, Caller>;
  readonly clock: Clock;
  readonly log: Log;
  readonly owner: string;
  /** `gateway:<real path of the configuration>`. */
  readonly source: string;
  readonly replayMs: number;
  holdMs(client: string): number;
  ignored(server: string, tool: string): readonly string[];
}

/** Who calls, and how they are reached. */
export interface CallerContext {
  readonly requestId: string | number;
  /** Aborts when the client gives the call up. */
  readonly signal: AbortSignal;
  /** Aborts when waiting is to end, as the process is closing. */
  readonly closing: AbortSignal;
  /** Without its version. */
  readonly principal: string;
  readonly client: string;
  /** Absent where the client did not ask to be told. */
  readonly progress: ((progress: Progress) => void) | undefined;
  /** Asks the person through the client; absent where it shows no forms. */
  readonly ask:
    | ((approvalId: ApprovalId, service: RunService, signal: AbortSignal) => Promise<PersonAnswer>)
    | undefined;
}

/** Calls a tool of a server, as its client asked, through rules, ledger and journal. */
export async function callTool(
  means: CallMeans,
  params: { name: string; arguments?: unknown; _meta?: JsonObject | undefined },
  context: CallerContext,
): Promise<Answer> {
  const { catalogue } = means;
  const found = await findTool(means, params.name, context);
  if (found === undefined) {
    throw new McpError(ErrorCode.InvalidParams, `Unknown tool: ${params.name.slice(0, 100)}`);
  }
  const offered = await ready(means, found, context);
  const { served } = offered;
  if (served === undefined) {
    const why = catalogue.whyMissing(found.server, found.tool);
    return failed(`${found.name} is not available: ${why}. Nothing was run.`);
  }
  const call = propose(means, { offered, served, params, context });
  const ruling = await judgeNow(served, call);
  const caller = callerOf(context);
  if (served.isRead && ruling.verdict === "allow") return read(means, call, caller);
  let service: RunService;
  try {
    service = await means.desk();
  } catch (error) {
    return failed(
      `The call was not run: what may have an effect is not run while the store cannot be used. ${errorMessage(error)}`,
    );
  }
  return callHeld({ ...means, service }, { call, ruling, caller, context });
}

/** The tool of a name; servers that are starting, and were never seen, may have it. */
async function findTool(
  { catalogue }: CallMeans,
  name: string,
  { signal }: CallerContext,
): Promise<Offered | undefined> {
  const known = catalogue.find(name);
  if (known !== undefined) return known;
  const unseen = catalogue.connections().filter(({ version }) => version === 0);
  const settled = Promise.all(unseen.map((each) => each.settle()));
  await until(settled, { timeoutMs: SERVER_MS, signal }).catch(() => undefined);
  return catalogue.find(name);
}

/** The tool once its server is here, where it had only been remembered. */
async function ready(
  { catalogue }: CallMeans,
  found: Offered,
  { signal }: CallerContext,
): Promise<Offered> {
  if (found.served !== undefined) return found;
  const connection = catalogue.connections().find(({ name }) => name === found.server);
  if (connection === undefined) return found;
  await until(connection.settle(), { timeoutMs: SERVER_MS, signal }).catch(() => undefined);
  const served = catalogue.served(found.server, found.tool);
  return { ...found, served };
}

function propose(
  means: CallMeans,
  {
    offered,
    served,
    params,
    context,
  }: {
    offered: Offered;
    served: Served;
    params: { arguments?: unknown; _meta?: JsonObject | undefined };
    context: CallerContext;
  },
): Proposed {
  const { principal, client } = context;
  const args = isJsonObject(params.arguments) ? params.arguments : {};
  const { progressToken: _token, ...meta } = params._meta ?? {};
  const { source } = means;
  const { server, tool } = offered;
  const ignore = means.ignored(server, tool);
  const wish = { source, principal, server, tool, arguments: args, ignore };
  return {
    offered,
    arguments: args,
    meta: Object.keys(meta).length === 0 ? undefined : (meta as { [key: string]: JsonValue }),
    principal,
    client,
    source,
    key: served.isRead ? undefined : intentKey(wish),
  };
}

async function judgeNow(served: Served, call: Proposed): Promise<Ruling> {
  const args = readArguments(served, JSON.stringify(call.arguments));
  try {
    return await judgeBorrowed(served, { agent: call.principal, arguments: args.shown });
  } catch {
    return { verdict: "ask" };
  }
}

function callerOf({ progress, signal }: CallerContext): Caller {
  return { onProgress: progress, signal };
}

async function read(means: CallMeans, call: Proposed, caller: Caller): Promise<Answer> {
  const { clock, owner, own, log } = means;
  const { answer, journal } = await readThrough(own, call, { clock, owner, caller });
  // Behind the answer: nothing is lost with it.
  setImmediate(() => {
    means
      .desk()
      .then((service) => service.keep(journal))
      .catch((error: unknown) => log.warn(`a read is not in the journal: ${errorMessage(error)}`));
  });
  return answer ?? failed("The call was not run: its rules changed while it began. Make it again.");
}

interface Holding {
  readonly call: Proposed;
  readonly ruling: Ruling;
  readonly caller: Caller;
  readonly context: CallerContext;
}

type HoldMeans = CallMeans & { readonly service: RunService };

async function callHeld(means: HoldMeans, holding: Holding): Promise<Answer> {
  const { call, ruling, context } = holding;
  const { service, standings } = means;
  const met = await inTurn(call.key ?? context.requestId, () =>
    meetAndStand(means, { call, asks: ruling.verdict === "ask", context }),
  );
  const { standing, runId } = met;
  const gaveUp = (): void => {
    standings.remove(standing);
    void service.say(runId, [{ type: "caller_left", why: "cancelled" }]).catch(() => undefined);
  };
  context.signal.addEventListener("abort", gaveUp, { once: true });
  if (!means.callers.has(runId)) means.callers.set(runId, holding.caller);
  try {
    return await hold(means, holding, met);
  } catch (error) {
    standings.remove(standing);
    throw error;
  } finally {
    context.signal.removeEventListener("abort", gaveUp);
    if (means.callers.get(runId) === holding.caller) means.callers.delete(runId);
  }
}

type Stood = Met & { readonly standing: Standing };

/** In one step, so that a like call that comes next finds this one standing. */
async function meetAndStand(
  means: HoldMeans,
  { call, asks, context }: { call: Proposed; asks: boolean; context: CallerContext },
): Promise<Stood> {
  const met = await meet(means, call, asks);
  const standing = means.standings.add(met.runId, context.requestId);
  return { ...met, standing };
}

async function hold(means: HoldMeans, holding: Holding, met: Stood): Promise<Answer> {
  const { call, context } = holding;
  const { runId, wish, standing } = met;
  const holdMs = means.holdMs(call.principal);
  const hasStructure = call.offered.listed["outputSchema"] !== undefined;
  const stopTelling = tellProgress(call.offered.name, { context, holdMs });
  const form = askByForm(means, context);
  const signal = AbortSignal.any([context.signal, context.closing]);
  try {
    const { asked } = form;
    const options = { wish, hasStructure, holdMs, signal, asked };
    const settled = await holdCall(means, runId, options);
    if (settled !== undefined) return marked(means, settled, met);
    means.standings.remove(standing);
    return await ticket(means, holding, { met, hasStructure });
  } finally {
    stopTelling();
    form.end();
  }
}

/** What came of a call, as this caller of it is told. */
function marked({ clock }: CallMeans, settled: Settled, { type }: Met): Answer {
  const at = timeOf(settled.at, clock.now());
  if (type === "begun" || type === "shared") return settled.answer;
  const isReplay = type === "replay" || type === "reject_again";
  const text = isReplay ? replayedText(at, settled.outcome === "done") : sharedText(at);
  return withMark(settled.answer, { text, meta: { "holdpoint/replayed": settled.at } });
}

async function ticket(
  { service }: HoldMeans,
  { call, context }: Holding,
  { met: { runId, wish }, hasStructure }: { met: Met; hasStructure: boolean },
): Promise<Answer> {
  if (!context.signal.aborted) {
    await service
      .say(runId, [{ type: "caller_left", why: "ticket" }])
      .catch(() => undefined);
  }
  const run = await service.state(runId);
  const isRunning = run.frames.get("")?.calls.get("1")?.started !== undefined;
  return heldAnswer({
    name: call.offered.name,
    ticket: wish === 1 ? runId : `${runId}.${wish}`,
    where: "they decide in Holdpoint's inbox or on a terminal of their own",
    isRunning: isRunning && run.undecided.size === 0,
    hasStructure,
  });
}

/** Says every ten seconds that a call is held; the numbers grow, and leave room for the tool's. */
export function tellProgress(
  name: string,
  { context: { progress }, holdMs }: { context: CallerContext; holdMs: number },
): () => void {
  if (progress === undefined) return () => undefined;
  const since = performance.now();
  const timer = setInterval(() => {
    const ms = performance.now() - since;
    const message = `waits for a person: ${name} (${spanOf(ms)} of ${spanOf(holdMs)})`;
    progress({ progress: ms / 1e9, message });
  }, PROGRESS_MS);
  return () => clearInterval(timer);
}

function spanOf(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1_000)} seconds`;
  const minutes = Math.round(ms / 60_000);
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

/** Shows each request once to the person, where the host has forms; only their answer decides. */
function askByForm(
  { service, log }: HoldMeans,
  { ask, client }: CallerContext,
): { asked?: (approvalId: ApprovalId | undefined) => void; end(): void } {
  if (ask === undefined) return { end: () => undefined };
  let shown: { approvalId: ApprovalId; controller: AbortController } | undefined;
  const show = async (approvalId: ApprovalId, controller: AbortController): Promise<void> => {
    const answer = await ask(approvalId, service, controller.signal);
    if (controller.signal.aborted || (answer !== "approve" && answer !== "reject")) return;
    await service.decide(approvalId, {
      by: client,
      channel: "elicitation",
      level: "confirm",
      decision: answer === "approve" ? "approved" : "rejected",
    });
  };
  return {
    asked(approvalId) {
      if (approvalId === shown?.approvalId) return;
      shown?.controller.abort();
      shown = undefined;
      if (approvalId === undefined) return;
      const controller = new AbortController();
      shown = { approvalId, controller };
      show(approvalId, controller).catch((error: unknown) => {
        if (!(error instanceof HoldpointError)) log.warn(`a form: ${errorMessage(error)}`);
      });
    },
    end: () => shown?.controller.abort(),
  };
}

const turns = new Map<string | number, Promise<unknown>>();

/** Like calls are held against the ledger one after the other. */
async function inTurn<T>(key: string | number, work: () => Promise<T>): Promise<T> {
  const before = turns.get(key);
  const mine = (async () => {
    await before?.catch(() => undefined);
    return work();
  })();
  turns.set(key, mine);
  try {
    return await mine;
  } finally {
    if (turns.get(key) === mine) turns.delete(key);
  }
}

function failed(text: string): Answer {
  return { result: { isError: true, content: [{ type: "text", text }] } };
}

/** The outcome of a call that was answered with a ticket, as its tool gave it. */
export async function waitForDecision(
  means: HoldMeans,
  { ticket: given, waitMs }: { ticket: string; waitMs: number },
  context: CallerContext,
): Promise<Answer> {
  const { service, catalogue, standings } = means;
  const [id = "", number = "1"] = given.split(".");
  const runId = id as RunId;
  const run = await service.state(runId);
  const start = run.frames.get("")?.data as { server?: string; tool?: string } | undefined;
  const call = run.frames.get("")?.calls.get("1");
  const name = call?.item.name ?? "";
  const offered = catalogue.tools.find((each) => each.name === name);
  const hasStructure = offered?.listed["outputSchema"] !== undefined && start !== undefined;
  const standing = standings.add(runId, context.requestId);
  const stopTelling = tellProgress(name, { context, holdMs: waitMs });
  const signal = AbortSignal.any([context.signal, context.closing]);
  const options = { wish: Number(number), hasStructure, holdMs: waitMs, signal };
  try {
    const settled = await holdCall(means, runId, options);
    if (settled !== undefined) return settled.answer;
    standings.remove(standing);
    const now = await service.state(runId);
    const isStarted = now.frames.get("")?.calls.get("1")?.started !== undefined;
    return heldAnswer({
      name,
      ticket: given,
      where: "they decide in Holdpoint's inbox or on a terminal of their own",
      isRunning: isStarted && now.undecided.size === 0,
      hasStructure: false,
    });
  } finally {
    stopTelling();
  }
}
