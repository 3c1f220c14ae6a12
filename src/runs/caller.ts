import type { ApproverLevel } from "../journal/entries.ts";

/** Who asks for something, as the face that they came through knows them. */
export interface Caller {
  /** An OS user, a client's name and version, a program. */
  by: string;
  /** `mcp`, `elicitation`, `terminal`, `inbox`, `library`. */
  channel: string;
  /** How sure that channel is of a person. */
  level: ApproverLevel;
}

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
