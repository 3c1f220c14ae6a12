import { systemClock, type Clock } from "../lib/clock.ts";

/** The clock that judges leases and deadlines: it never goes back, whatever the system's does. */
export function createStoreClock(clock: Clock = systemClock): Clock {
  let last = -Infinity;
  return { now: () => (last = Math.max(last, clock.now())) };
}
