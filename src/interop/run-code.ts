import type { FunctionCallItem } from "../agents/items.ts";
import type { RunId } from "../lib/ids.ts";
import type { ApproverLevel } from "../engine/vocabulary.ts";
import type { DraftOf } from "../agents/entries.ts";

/** The request about a call as this process makes it, but for its id. */
export type AskedHere = Omit<
  DraftOf<"approval_requested">,
  "type" | "approvalId" | "callId" | "path"
>;

export type DefinedTool = DraftOf<"tool_defined">;

/** What the code of this process says of a run that another program began. */
export interface RunCode {
  readonly runId: RunId;
  readonly source: string;
  readonly fingerprint: string;
  /** The agent to start with. */
  readonly root: string;
  /** Whether the agent to start with reaches one of this name. */
  hasAgent(name: string): boolean;
  /** What a name in a call of an agent stands for; `undefined` where nothing here has it. */
  targetOf(agent: string, name: string): CodeTarget | undefined;
  /** Names of agents that have a tool of this name. */
  ownersOf(tool: string): string[];
  /**
   * How a call is asked about here, and the definition of its tool. `undefined` where no tool has
   * the name, or where a rule answers the call without asking.
   */
  ask(
    agent: string,
    call: Pick<FunctionCallItem, "name" | "arguments">,
  ): { definition: DefinedTool; request: AskedHere } | undefined;
  /** The id of the request about a call: the same for the same state. */
  approvalId(path: readonly string[], callId: string): string;
  /** In whose name the decisions of the state stand here. */
  readonly decidedBy: { by: string; channel: string; level: ApproverLevel };
  /** Whether an approval that was not acted on counts here; a rejection always does. */
  readonly takesApprovals: boolean;
}

export type CodeTarget =
  | { readonly type: "tool" }
  /** An agent used as a tool, or one that takes over. */
  | { readonly type: "agent" | "handoff"; readonly agent: string };
