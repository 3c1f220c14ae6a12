import { userInfo } from "node:os";

import { stateDirectory } from "../app/open-store.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { Caller } from "../engine/state.ts";
import { describeAgentAbove, describeAgentIn, nameAncestors } from "./ancestors.ts";
import { createTerminalPinCheck, isEnrolled } from "./pin.ts";
import { ancestorsOf } from "./processes.ts";
import { findServers } from "./running-servers.ts";
import type { CommandContext } from "./terminal.ts";

/** Who is at this terminal, and what that is worth. */
export interface TerminalCaller extends Caller {
  readonly ancestors: readonly string[];
  /** Why it is no more than it is, in words. */
  readonly why?: string | undefined;
}

/** Who decides at this terminal, as the system knows them. */
export function terminalUser(): string {
  try {
    return `${userInfo().username} (OS user)`;
  } catch {
    return "unknown OS user";
  }
}

/**
 * Who asks here. Where nobody can type, or an agent could be what types, it is the client's word; a
 * program that wants to deceive is not stopped by that.
 *
 * @param store where the runs are that are decided on: its servers say who started them; every
 * server of this user does where it is not about a run
 */
export function callerHere(
  { env, terminal }: Pick<CommandContext, "env" | "terminal">,
  store?: string,
): TerminalCaller {
  const state = stateDirectory(env);
  const above = ancestorsOf(process.pid);
  const hosts = findServers(state, store).flatMap(({ host }) => host ?? []);
  const agent = describeAgentAbove(above, hosts) ?? describeAgentIn(env);
  const why = terminal.isInteractive ? agent : "a pipe or another program is no person";
  return {
    by: terminalUser(),
    channel: "terminal",
    level: why === undefined ? "person" : "client",
    ancestors: nameAncestors(above),
    why,
  };
}

/**
 * The caller as a person, where that is wanted: who enrolled a PIN is asked for it. Without it they
 * answered a question here, and no more.
 *
 * @throws HoldpointError `not_allowed` for a wrong one
 */
export async function provePerson<T extends TerminalCaller>(
  caller: T,
  { context: { env, terminal }, isWanted }: { context: CommandContext; isWanted: boolean },
): Promise<T> {
  const state = stateDirectory(env);
  if (caller.level !== "person" || !isEnrolled(state)) return caller;
  if (!isWanted) return { ...caller, level: "confirm" };
  const pin = await terminal.askSecret("Your PIN: ");
  if (pin !== undefined && createTerminalPinCheck(state)(pin)) return caller;
  throw new HoldpointError("not_allowed", "Nothing was done: that is not the PIN");
}

/**
 * Only a person goes on from here: one at a terminal of their own.
 *
 * @throws HoldpointError `not_allowed`, with what was wanted
 */
export async function requirePerson(context: CommandContext, wanted: string): Promise<void> {
  const caller = callerHere(context);
  if (caller.level === "person") {
    await provePerson(caller, { context, isWanted: true });
    return;
  }
  throw new HoldpointError(
    "not_allowed",
    `Cannot ${wanted}: a person does that, and ${caller.why ?? ""}. Run the same command in a terminal of your own`,
  );
}
