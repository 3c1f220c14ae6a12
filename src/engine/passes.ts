import type { Call, Run } from "./state.ts";
import type { Arguments, Tool } from "./tool.ts";
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
