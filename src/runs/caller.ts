import type { Caller } from "../engine/state.ts";

/** What a request says of who makes it. */
export type Asked = { [member in keyof Caller]?: Caller[member] | undefined };

/** A program that calls the service itself. */
const libraryCaller: Caller = { by: "code", channel: "library", level: "person" };

/** Who makes a request; what it leaves out is as of a program. */
export function callerOf({ by, channel, level }: Asked): Caller {
  return {
    by: by ?? libraryCaller.by,
    channel: channel ?? libraryCaller.channel,
    level: level ?? libraryCaller.level,
  };
}
