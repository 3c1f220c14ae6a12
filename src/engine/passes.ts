import type { Arguments } from "./arguments.ts";
import type { CallSite } from "./call.ts";
import { neededLevel, type Wanted } from "./ask.ts";
import type { Tool } from "./driver.ts";
import { wanted, type Gated } from "./gate.ts";
import type { Call, Run, Verdict } from "./state.ts";
import type { ApproverLevel } from "./vocabulary.ts";

/** A call that rules ask about, as far as a yes that was given for later calls may be about it. */
export interface PassRequest {
  readonly run: Run;
  readonly call: Call;
  readonly path: readonly string[];
  readonly tool: Pick<Tool, "name" | "digest" | "definition">;
  readonly args: Arguments;
  /** The strictest of what anybody wants. */
  readonly needed: ApproverLevel;
  readonly reason: string | undefined;
}

/** The yeses that were given for later calls. */
export interface Passes {
  /**
   * By what a call may run unasked, as its start names it. It counts as used then, whatever comes
   * of the call. Never throws: whatever is wrong with them, a person can be asked.
   */
  passOf(request: PassRequest): Promise<string | undefined>;
  /** Whether a call is decided by itself only, whatever was said of all calls of its tool. */
  isAlone(request: PassRequest): Promise<boolean>;
}

/** The same for a call at its gate: only where rules ask, of what nobody was asked about before. */
export async function passOf(
  { activation, call, frame, tool }: CallSite,
  { verdict, args }: { verdict: Gated; args: Arguments },
): Promise<string | undefined> {
  const { passes, state: run } = activation;
  if (passes === undefined || verdict.type !== "ask" || verdict.alone) return undefined;
  if (call.approval !== undefined || call.unknown !== undefined) return undefined;
  if (tool.previews?.binds === true) return undefined;
  if (args.problem !== undefined || args.shown === undefined) return undefined;
  const asked = wanted({ verdict: "ask", ...verdict });
  const needed = neededLevel({ call, tool, approver: asked.approver });
  const { path } = frame;
  return passes.passOf({ run, call, path, tool, args, needed, reason: asked.reason });
}

/** Whether a call has to be asked about by itself, that a yes to all calls of its tool would let run. */
export async function isBeyondSticky(
  { activation, call, frame, tool }: CallSite,
  { decision, args, asked }: { decision: Verdict; args: Arguments; asked: Wanted },
): Promise<boolean> {
  const { passes, state: run } = activation;
  if (passes === undefined || decision.scope !== "always") return false;
  if (call.approval?.decision === decision || args.shown === undefined) return false;
  const needed = neededLevel({ call, tool, approver: asked.approver });
  const { path } = frame;
  return passes.isAlone({ run, call, path, tool, args, needed, reason: asked.reason });
}
