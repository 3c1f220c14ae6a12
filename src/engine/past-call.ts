/**
 * What stays known of a call that ran, when its run is long removed: never its values, which are
 * kept as digests, but how often and how large.
 */
export interface PastCall {
  /** Whose calls are counted together. */
  tool: string;
  /** ISO 8601 UTC. */
  at: string;
  features: readonly PastFeature[];
}

/** Something that calls of a tool may have in common: a member, its value, the folder it is in. */
export interface PastFeature {
  key: string;
  /** The feature that this one is a kind of: how many kinds it has is counted with it. */
  of?: string | undefined;
  /** Of a number: what the range is of. */
  number?: number | undefined;
}

/** What is known of one feature of a tool's calls. */
export interface PastCount {
  count: number;
  /** How many different features are kinds of it. */
  kinds: number;
  lastAt: string;
  low?: number | undefined;
  high?: number | undefined;
}
