import { hostname } from "node:os";

import type { Lease } from "../runs/run-store.ts";

/**
 * Whether `owner` may take or renew a lease at `nowMs`: when it is free, its own, expired, or
 * left behind by a process of this host that is gone.
 */
export function canTakeLease(
  current: Lease | undefined,
  { owner, nowMs }: { owner: string; nowMs: number },
): boolean {
  if (current === undefined || current.owner === owner) return true;
  return current.expiresAt <= nowMs || isDead(current);
}

function isDead({ host, pid }: Lease): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM is a living process of another user.
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
