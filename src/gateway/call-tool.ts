import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";

import { judgeBorrowed } from "../downstream/send-call.ts";
import { until } from "../downstream/until.ts";
import type { Ruling } from "../engine/tool.ts";
import { errorMessage, isStoreFault } from "../lib/errors.ts";
import type { JsonObject } from "../lib/json.ts";
import type { RunService } from "../runs/run-service.ts";
import { failed, notRun, type Answer } from "./answers.ts";
import type { CallMeans } from "./call-means.ts";
import type { CallerContext, WaitingCall } from "./callers.ts";
import { SERVER_MS, type OfferedTool } from "./catalogue.ts";
import { callHeld } from "./held-call.ts";
import { intentKey } from "./intent-key.ts";
import type { Proposed } from "./meet.ts";
import { readThrough } from "./reads.ts";
import { readArguments, type Served } from "./served-tool.ts";

/** How long the answer of a read waits for a store that is being opened. */
const NEWS_MS = 250;

/** Calls a tool of a server, as its client asked, through rules, ledger and journal. */
export async function callTool(
  means: CallMeans,
  params: { name: string; input: JsonObject; meta: JsonObject },
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
  if (served.isRead && ruling.verdict === "allow") {
    const answer = await read(means, call, callerOf(context));
    if (answer !== undefined) return withNews(means, answer, context);
    // By now somebody must be asked after all, or it may not be run.
  }
  let service: RunService;
  try {
    service = await means.desk();
  } catch (error) {
    return notRun(errorMessage(error));
  }
  let answer: Answer;
  try {
    answer = await callHeld({ ...means, service }, { call, ruling, context });
  } catch (error) {
    if (!isStoreFault(error)) throw error;
    return failed(
      `It is not known yet whether the call was run: the store could not be used meanwhile. ${error.message}. Make the same call again: it is told what came of it.`,
    );
  }
  return means.tickets.withNews(service, context, answer);
}

/** A store that cannot be used keeps no read waiting: what is new is told with another answer. */
async function withNews(means: CallMeans, answer: Answer, context: CallerContext): Promise<Answer> {
  if (means.storeProblem() !== undefined) return answer;
  let service: RunService | undefined;
  const opening = means.desk().then(
    (opened) => void (service = opened),
    () => undefined,
  );
  await until(opening, { timeoutMs: NEWS_MS });
  return service === undefined ? answer : means.tickets.withNews(service, context, answer);
}

/** The tool of a name; servers that are starting, and were never seen, may have it. */
async function findTool(
  { catalogue }: CallMeans,
  name: string,
  { signal }: CallerContext,
): Promise<OfferedTool | undefined> {
  const known = catalogue.find(name);
  if (known !== undefined) return known;
  await catalogue.meet({ timeoutMs: SERVER_MS, signal });
  return catalogue.find(name);
}

/** The tool once its server is here, where it had only been remembered. */
async function ready(
  { catalogue }: CallMeans,
  found: OfferedTool,
  { signal }: CallerContext,
): Promise<OfferedTool> {
  if (found.served !== undefined) return found;
  await catalogue.settle(found.server, signal);
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
    offered: OfferedTool;
    served: Served;
    params: { input: JsonObject; meta: JsonObject };
    context: CallerContext;
  },
): Proposed {
  const { principal, client, since } = context;
  const { input: args } = params;
  const { progressToken: _token, ...meta } = params.meta;
  const { source } = means;
  const { server, tool } = offered;
  const ignore = means.ignored(server, tool);
  const wish = { source, principal, server, tool, arguments: args, ignore };
  return {
    offered,
    arguments: args,
    meta: Object.keys(meta).length === 0 ? undefined : meta,
    principal,
    client,
    source,
    since,
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

function callerOf({ progress, signal }: CallerContext): WaitingCall {
  return { onProgress: progress, signal };
}

/** `undefined` where it was not run: rules that say otherwise by now. Nothing is kept of it then. */
async function read(
  means: CallMeans,
  call: Proposed,
  caller: WaitingCall,
): Promise<Answer | undefined> {
  const { clock, owner, own, log } = means;
  const { answer, journal } = await readThrough(own, call, { clock, owner, caller });
  if (answer === undefined) return undefined;
  // Behind the answer: nothing is lost with it.
  setImmediate(() => {
    means
      .desk()
      .then((service) => service.keep(journal))
      .catch((error: unknown) => log.warn(`a read is not in the journal: ${errorMessage(error)}`));
  });
  return answer;
}
