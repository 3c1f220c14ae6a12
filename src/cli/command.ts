/** A word or an option of a command: what it means, and how its text becomes a value. */
export interface Part<T = unknown> {
  /** Of a word, what is missing where nobody says it. */
  readonly meaning: string;
  /** What stands for the value in a usage; a flag has none. */
  readonly value?: string;
  /** What a flag can be given besides: of `v1`, `--json=v1`. */
  readonly also?: readonly string[];
  /** What it is where nobody says it; told where it has a value. */
  readonly default?: T & (string | number | boolean);
  readonly required?: boolean;
  /** Of a word: there can be any number of them, and none. */
  readonly many?: boolean;
  /** The option in whose place it stands, by its key; both together are refused. */
  readonly or?: string;
  /** The option that it says more of; without that one it is refused. */
  readonly with?: string;
  /** Where people find what they can say. */
  readonly listedBy?: string;
  /** @throws HoldpointError for a text that is none; `name` is what it is called there */
  read(this: void, text: string, name: string): T;
}

export type Parts = Readonly<Record<string, Part>>;

/** What is told of a command: its usage, help, errors and the types of its code are made of it. */
export interface CommandLiteral {
  readonly summary: string;
  /** In the order in which they are said. */
  readonly words?: Parts;
  /** By their names in camel case: `maxWait` is `--max-wait`. */
  readonly options?: Parts;
  /** Where it is more than the command and its words. */
  readonly example?: string;
  /** What exit codes mean besides 0, done, and 1, not done. */
  readonly exits?: Readonly<Record<number, string>>;
}

/** By what is typed after `holdpoint`. */
export type Commands = Readonly<Record<string, CommandLiteral>>;

type ValueOf<P> =
  P extends Part<infer T>
    ? P extends { many: true }
      ? readonly T[]
      : P extends { required: true } | { default: unknown }
        ? T
        : T | undefined
    : never;
type ValuesIn<C, K extends "words" | "options"> =
  C extends Readonly<Record<K, infer P>> ? { readonly [N in keyof P]: ValueOf<P[N]> } : unknown;

/** What is said to a command, read. */
export type GivenTo<C extends CommandLiteral> = ValuesIn<C, "words"> & ValuesIn<C, "options">;
