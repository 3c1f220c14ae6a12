import type { GatedCall } from "../agents/gate.ts";
import type { Ruling } from "../engine/tool.ts";
import type { JsonObject } from "../lib/json.ts";
import type { MaybePromise } from "../lib/pending.ts";
import type { PreviewRule } from "../policy/preview-rule.ts";
import type { ReadRequest } from "../policy/read-request.ts";
import type { Connection } from "./connection.ts";
import { isReadOnly, type ServerTool } from "./definition.ts";
import type { Drift } from "./drift.ts";
import type { PreviewPlan } from "./preview-plan.ts";
import type { ProgressListener } from "./told-progress.ts";

/** A tool of a server, as rules see it. */
export interface BorrowedTool {
  readonly server: string;
  readonly tool: string;
  /** The server is trusted, and says that the tool changes nothing. */
  readonly isTrustedReadOnly: boolean;
}

/** Arguments as they are sent. */
export interface PreparedCall {
  readonly sent: JsonObject;
  /** What is sent in other words than were proposed. */
  readonly changed: readonly { at: string; proposed: string; sent: string }[];
}

/** The rules for borrowed tools: what the composition brings. */
export interface BorrowedPolicy {
  /** The arguments that are judged, shown, approved and sent; what was prepared once stays. */
  prepare(borrowed: BorrowedTool, args: JsonObject): PreparedCall;
  /** Judges a call whose arguments are prepared. */
  judge(borrowed: BorrowedTool, call: GatedCall): MaybePromise<Ruling>;
  /** Judges the reading of what a server has besides tools. */
  judgeRead(request: ReadRequest, server: { isTrusted: boolean }): Ruling;
  /** What rules say of showing what calls of a tool would change. */
  previewRules?(borrowed: BorrowedTool): readonly PreviewRule[];
  /** How they show one call; `builtIn`: how it would be shown without them. @throws Error */
  planPreview?(
    borrowed: BorrowedTool,
    call: GatedCall,
    builtIn: PreviewPlan | undefined,
  ): PreviewPlan | undefined;
  /** Whether rules say of a tool that it changes nothing. */
  changesNothing?(borrowed: BorrowedTool): boolean;
  /** What can be said before there is a call. */
  outlook(borrowed: BorrowedTool): "always" | "sometimes" | "never";
}

/** A tool of a server, with all that a call of it needs. */
export interface BorrowedParts {
  readonly connection: Connection;
  readonly definition: ServerTool;
  readonly policy: BorrowedPolicy;
  readonly drift: Drift;
  /** Why every call must be asked about, whatever the rules allow. */
  readonly drifted: string | undefined;
  /** Another tool of the same server, as it stands now. */
  sibling(tool: string): BorrowedParts | undefined;
  /** All that its server offers now. */
  siblings(): readonly ServerTool[];
  /** Told how far calls of our agents are. */
  readonly tellProgress: ProgressListener;
}

/** The tool as rules see it. */
export function borrowedOf({ connection, definition }: BorrowedParts): BorrowedTool {
  const isTrustedReadOnly = connection.spec.trusted === true && isReadOnly(definition);
  return { server: connection.name, tool: definition.name, isTrustedReadOnly };
}
