/** The time, as a port: tests hold it still. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
}

/** What timers can count to, in milliseconds; they take anything longer for nothing. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that never goes back, whatever the system's does. */
export function createSteadyClock(clock: Clock = systemClock): Clock {
  let latest = -Infinity;
  return { now: () => (latest = Math.max(latest, clock.now())) };
}

/** A clock beside another one: that of a store that several machines share. */
export function shiftClock(clock: Clock, aheadMs: (() => number) | undefined): Clock {
  return aheadMs === undefined ? clock : { now: () => clock.now() + aheadMs() };
}

let last = { ms: 0, text: new Date(0).toISOString() };

/** ISO 8601 in UTC with milliseconds. */
export function toIso(ms: number): string {
  // Many entries are of the same millisecond, and the text costs more than they do.
  if (ms !== last.ms) last = { ms, text: new Date(ms).toISOString() };
  return last.text;
}
