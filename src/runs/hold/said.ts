/** Something that was said in a run, with what was found in it so far. */
export interface Saying {
  readonly text: string;
  words?: readonly string[];
  numbers?: ReadonlySet<number>;
  /** Of telephones and accounts, as they are written. */
  longNumbers?: readonly string[];
  /** As `2026-12-01`. */
  days?: readonly string[];
  quantities?: readonly Quantity[];
}

/** A number with its unit. */
export interface Quantity {
  readonly number: number;
  /** All names of the unit. */
  readonly unit: string;
  /** As it is written. */
  readonly text: string;
}

/** What was said in a run before a call, in each the last one first. */
export interface SaidBefore {
  /** By the user. */
  readonly task: readonly Saying[];
  /** By tools, in this run. */
  readonly read: readonly Saying[];
}

/** What a call is held against, and how it is named: `the task says`. */
export interface Source {
  readonly sayings: readonly Saying[];
  readonly says: string;
}
