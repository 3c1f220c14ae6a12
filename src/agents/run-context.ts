import type { JsonValue } from "../lib/json.ts";
import type { Callback } from "./callback.ts";
import { UserError } from "./errors.ts";
import { Usage } from "./usage.ts";

/** What identifies a pending approval to whoever decides it. */
export interface ApprovalItem {
  readonly approvalId?: string | undefined;
  readonly name: string;
  readonly rawItem: { readonly callId?: string | undefined };
}

export interface ApproveOptions {
  /** Also approve every later call of this tool by this agent in this run. */
  alwaysApprove?: boolean | undefined;
  /** Run with these arguments instead; checked against the tool's schema. */
  arguments?: unknown;
}

export interface RejectOptions {
  /** Also reject every later call of this tool by this agent in this run. */
  alwaysReject?: boolean | undefined;
  /** Shown to the model in place of the default text; may be empty. */
  message?: string | undefined;
}

/** Where decisions made through a context go: the run that the context belongs to. */
export interface Approvals {
  approve(item: ApprovalItem, options: ApproveOptions): void;
  reject(item: ApprovalItem, options: RejectOptions): void;
  isApproved(query: { toolName: string; callId: string }): boolean | undefined;
  rejectionMessage(query: { toolName: string; callId: string }): string | undefined;
  usage(): Usage;
}

/** What a user's functions see of the run they work for. */
export class RunContext<TContext = unknown> {
  /** The structured input, inside an agent that is used as a tool. */
  toolInput?: unknown;
  /** Shared by all forks of a context: the application's object, and whom decisions go to. */
  #shared: { context: TContext; approvals?: Approvals };
  /** Outside of a run. */
  #usage: Usage | undefined;

  constructor(context: TContext = {} as TContext) {
    this.#shared = { context };
  }

  /** Makes `context`, and every fork of it, speak for `approvals` from now on. */
  static bind(context: RunContext, approvals: Approvals): void {
    context.#shared.approvals = approvals;
  }

  /** A context for a nested run: same application object and decisions, its own tool input. */
  static fork<TContext>(context: RunContext<TContext>, toolInput: unknown): RunContext<TContext> {
    const fork = new RunContext<TContext>(context.#shared.context);
    fork.#shared = context.#shared;
    fork.toolInput = toolInput;
    return fork;
  }

  /** The application's own object; tools may change it. */
  get context(): TContext {
    return this.#shared.context;
  }

  set context(value: TContext) {
    this.#shared.context = value;
  }

  /** Tokens used by the run so far, over all pauses and nested runs. */
  get usage(): Usage {
    return this.#shared.approvals?.usage() ?? (this.#usage ??= new Usage());
  }

  /** Whether the call was decided: `undefined` before a decision. */
  isToolApproved(query: { toolName: string; callId: string }): boolean | undefined {
    return this.#shared.approvals?.isApproved(query);
  }

  getRejectionMessage(toolName: string, callId: string): string | undefined {
    return this.#shared.approvals?.rejectionMessage({ toolName, callId });
  }

  /** The same as `state.approve`. @throws UserError outside a run */
  approveTool(item: ApprovalItem, options: ApproveOptions = {}): void {
    this.#approvals("approve").approve(item, options);
  }

  /** The same as `state.reject`. @throws UserError outside a run */
  rejectTool(item: ApprovalItem, options: RejectOptions = {}): void {
    this.#approvals("reject").reject(item, options);
  }

  #approvals(verb: string): Approvals {
    if (this.#shared.approvals !== undefined) return this.#shared.approvals;
    throw new UserError(
      `Cannot ${verb} a call: this context belongs to no run. Use the context of a result or its state`,
    );
  }
}

/** How an application writes its context as JSON, and makes it again of that. */
export interface ContextCodec {
  contextSerializer?: ContextSerializer | undefined;
  contextDeserializer?: ContextDeserializer | undefined;
}

/** Plain JSON that stands for a context. */
export type ContextSerializer = Callback<[context: unknown], unknown>;
/** The context that was written so. */
export type ContextDeserializer = Callback<[saved: JsonValue], unknown>;
