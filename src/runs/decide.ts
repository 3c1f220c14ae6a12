import { findTarget } from "../agents/graph.ts";
import { validateAgainstSchema } from "../agents/schema/schema-check.ts";
import { shownForEdit } from "../agents/tool-arguments.ts";
import { isOpen, openApprovals, questionOf, stickyKey } from "../engine/approvals.ts";
import type { CheckEdit, Command, Decided } from "../engine/decide.ts";
import type { EntryOf } from "../engine/entries.ts";
import { callOf, definitionOf } from "../engine/frames.ts";
import { expireDue, decideOn } from "../engine/open-run.ts";
import { livingStarter, stillAt } from "../engine/starter.ts";
import type { Run } from "../engine/state.ts";
import { strictest, type ApproverLevel } from "../engine/vocabulary.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId } from "../lib/ids.ts";
import { isJsonObject, isPlainJson, type JsonValue } from "../lib/json.ts";
import { actionOf } from "./action.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import { aloneOf, missingFact } from "./decided-alone.ts";
import type { DecisionRequest, DecisionOutcome } from "./decision-request.ts";
import { sealAnswer } from "./filled-in.ts";
import { refuseChanged } from "./followed-journal.ts";
import { toRuled } from "./level-now.ts";
import { noEdits, whyNot } from "./service-errors.ts";
import { openRecorder, refuseHeld, runOf, type ServiceMeans } from "./service-means.ts";

/**
 * Where nobody types the fact that a call of a high risk wants: the tool of a client repeats the
 * whole action instead, a form has a text of ours and no default, and a program judges by its own
 * code.
 */
const untyping: ReadonlySet<string> = new Set(["mcp", "elicitation", "library"]);

const nothing: ReadonlySet<string> = new Set();

/** Records one decision and lets the run go on with it. */
export async function decideApproval(
  means: ServiceMeans,
  approvalId: ApprovalId,
  request: DecisionRequest,
): Promise<DecisionOutcome> {
  const runId = await runOf(means, approvalId);
  await refuseHeld(means, runId);
  const recorder = await openRecorder(means, runId);
  await refuseChanged(means.store, runId, recorder.journal);
  const answer = answerFor(recorder.journal.state, { approvalId, request });
  if (request.arguments !== undefined && isOfClient(request) && !means.clientEdits) throw noEdits();
  // A deadline that has passed counts, whether or not somebody noticed it yet.
  await expireDue(recorder);
  const asked = { approvalId, request, answer };
  const decided = await decideOn(recorder, (run) => commandFor(means, run, asked));
  const outcome = toOutcome(approvalId, decided, request);
  // Also where it was decided before: nobody may have gone on with it yet.
  if (outcome.type !== "needs_stronger_approval") means.executor.kick(runId);
  return outcome;
}

/** What a request comes to against a run as it stands, by the rules of now. */
async function commandFor(
  means: ServiceMeans,
  run: Run,
  { answer, ...asked }: Asked & { answer: JsonValue | undefined },
): Promise<Command> {
  const { approvalId, request } = asked;
  await refuseSecondTime(means, run, asked);
  const levels = await levelsNow(means, run, asked);
  const alone = request.always === true ? await aloneOf(means, run, asked) : nothing;
  const isTyped = request.decision === "approved" && !untyping.has(request.channel);
  const { decision, by, channel, level, ancestors, message, others, action, grantId } = request;
  return {
    approvalId,
    decision,
    by,
    channel,
    level,
    ancestors,
    scope: request.always === true ? "always" : "once",
    message,
    others,
    grant: grantId,
    edited: editOf(means, run, { request, answer }),
    action:
      action === undefined ? undefined : { said: action, shown: (of) => actionOf(run, of).text },
    // What came while the rules were asked is judged when it starts.
    needed: ({ approvalId: id }) => (levels.has(id) ? levels.get(id) : "person"),
    alone: ({ approvalId: id }) => alone.has(id),
    unread: isTyped ? await missingFact(means, run, asked) : undefined,
    counts: "first",
  };
}

/** What runs instead, where somebody says so; an answer is not looked at again. */
function editOf(
  { registry }: ServiceMeans,
  run: Run,
  { request, answer }: { request: DecisionRequest; answer: JsonValue | undefined },
): Command["edited"] {
  if (answer !== undefined) return { value: answer, check: (_of, value) => value };
  if (request.arguments === undefined) return undefined;
  return { value: request.arguments, check: checkEdit(run, registry) };
}

interface Asked {
  approvalId: ApprovalId;
  request: DecisionRequest;
}

/** What goes to whoever asked, where a yes brings an answer. @throws HoldpointError `arguments_invalid` */
function answerFor(run: Run, { approvalId, request }: Asked): JsonValue | undefined {
  const approval = run.approvals.get(approvalId);
  if (approval === undefined || request.decision !== "approved" || !isOpen(run, approval)) {
    return undefined;
  }
  const question = questionOf(run, approval.path);
  const given = request.arguments;
  return question === undefined ? undefined : sealAnswer(question, { run, approval, given });
}

/**
 * Nothing is run again while whoever began it may still do it.
 *
 * @throws HoldpointError `not_allowed`
 */
async function refuseSecondTime(
  { store }: ServiceMeans,
  state: Run,
  { approvalId, request }: Asked,
): Promise<void> {
  const approval = state.approvals.get(approvalId);
  if (approval?.kind !== "outcome_unknown" || request.decision !== "approved") return;
  const call = isOpen(state, approval) ? callOf(state, approval) : undefined;
  const alive = call && (await livingStarter(call, store.starter));
  if (alive === undefined) return;
  throw new HoldpointError("not_allowed", `The call is not run again: ${stillAt(alive)}`);
}

/** What the rules of this process want of what is decided, and of all that may be released by it. */
async function levelsNow(
  { levelNow }: ServiceMeans,
  state: Run,
  { approvalId, request: { always, arguments: edited } }: Asked,
): Promise<Map<string, ApproverLevel | undefined>> {
  const levels = new Map<string, ApproverLevel | undefined>();
  const approval = state.approvals.get(approvalId);
  if (approval === undefined) return levels;
  const key = stickyKey(approval);
  const others = always === true ? openApprovals(state) : [];
  for (const each of others) {
    if (stickyKey(each) === key) {
      levels.set(each.approvalId, await levelNow(toRuled(state, each)));
    }
  }
  const ruled = toRuled(state, approval);
  // Rules may want more of what runs instead.
  const instead = isPlainJson(edited) ? { ...ruled, arguments: JSON.stringify(edited) } : ruled;
  const wanted = await Promise.all([...new Set([ruled, instead])].map((each) => levelNow(each)));
  levels.set(approvalId, strictest(wanted));
  return levels;
}

/** @throws HoldpointError for what whoever decides must do otherwise */
function toOutcome(
  approvalId: ApprovalId,
  decided: Decided,
  { decision }: DecisionRequest,
): DecisionOutcome {
  switch (decided.type) {
    case "decided": {
      const { length } = decided.released;
      return { type: "decided", decision, ...(length === 0 ? {} : { released: length }) };
    }
    case "already":
      return { type: "already", decision };
    case "too_weak":
      return { type: "needs_stronger_approval", needed: decided.needed };
    default:
      throw whyNot(approvalId, decided);
  }
}

/** Whether what was decided came through the connection that the asking model has too. */
function isOfClient({ channel }: DecisionRequest): boolean {
  return channel === "mcp" || channel === "elicitation";
}

/**
 * Changed arguments are checked by the tool; a process without it goes by the schema that the
 * journal has, and the tool looks again before it runs.
 */
function checkEdit(state: Run, registry: AgentRegistry): CheckEdit {
  return (approval, edited) => {
    const graph = registry.withSource(state.source)?.plan.graph;
    const agent = graph?.agents.get(approval.agent);
    const target = agent && findTarget(agent, approval.tool ?? "");
    if (target?.type === "tool") return shownForEdit(target.tool, edited);
    return fitted(definitionOf(state, approval), edited);
  };
}

/** The arguments, where the recorded schema has nothing against them. */
function fitted(
  definition: EntryOf<"tool_defined"> | undefined,
  edited: JsonValue,
): JsonValue | undefined {
  if (definition === undefined || !isJsonObject(definition.schema)) return undefined;
  return validateAgainstSchema(definition.schema, edited).length === 0 ? edited : undefined;
}
