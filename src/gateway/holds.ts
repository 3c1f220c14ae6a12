/** How long a host lets a call stay open, and how that is known. */
export interface HostPatience {
  /** `clientInfo.name`. */
  readonly client: string;
  /** Seconds for which a call is held; well below what the host allows. */
  readonly holdSeconds: number;
  readonly source: string;
  /** When that was found out. */
  readonly date: string;
}

/** Hosts that let a call stay open for longer than most. */
export const hostPatience: readonly HostPatience[] = [
  {
    client: "claude-code",
    holdSeconds: 110,
    source:
      "measured with 2.1.332, headless: 335 s with and without progress; after 2 minutes a call goes to the background",
    date: "2026-11-27",
  },
];

/**
 * For all others. Claude Desktop cuts a call at about 60 s on macOS and 240 s on Windows; Codex,
 * Cursor and the connectors of claude.ai at about 60 s (their issues, 2026-11-27).
 */
const DEFAULT_HOLD_SECONDS = 45;

/** For how long a call of a client is held, in milliseconds. */
export function holdMsOf(
  client: string,
  {
    seconds,
    byClient = {},
  }: { seconds?: number | undefined; byClient?: Readonly<Record<string, number>> | undefined },
): number {
  const configured = Object.hasOwn(byClient, client) ? byClient[client] : undefined;
  const known = hostPatience.find((host) => host.client === client)?.holdSeconds;
  return (seconds ?? configured ?? known ?? DEFAULT_HOLD_SECONDS) * 1_000;
}
