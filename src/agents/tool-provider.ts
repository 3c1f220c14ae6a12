import type { RunnableTool } from "./function-tool.ts";

/** Tools that an agent has from elsewhere, which may come, change and go while it runs. */
export interface ToolProvider {
  /** The same for as long as it is the same source, whatever tools that has; for fingerprints. */
  readonly id: string;
  /** What is known now; the same list until something changed. Names are unique in it. */
  tools(): readonly RunnableTool[];
  /** Tools that were there when their source was last met, where it is not yet; for lists only. */
  remembered?(): readonly RunnableTool[];
  /** Learns what there is. Bounded in time; never throws: `whyMissing` says what went wrong. */
  refresh(): Promise<void>;
  /**
   * Why a tool of this name is not among `tools()` though it may belong here; `undefined` for a
   * name that does not.
   */
  whyMissing(name: string): string | undefined;
}
