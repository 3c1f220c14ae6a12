import { useCommands, type RunningCommand } from "./command.ts";

/** `holdpoint inbox` as a child process. */
export interface InboxProcess {
  readonly command: RunningCommand;
  /** The link that works now. */
  link(): string;
  /** Where it is, without a slash at the end. */
  origin(): string;
}

/** Starts inboxes that are gone after the test; to be called where tests are declared. */
export function useInboxes(): (args: readonly string[]) => Promise<InboxProcess> {
  const start = useCommands();
  return async (args) => {
    const command = start(["inbox", ...args]);
    await command.printed("Ctrl+C ends it.");
    const link = (): string =>
      command
        .stdout()
        .match(/http:\S+/g)
        ?.at(-1) ?? "";
    return { command, link, origin: () => new URL(link()).origin };
  };
}
