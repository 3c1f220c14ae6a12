import { errorMessage } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import type { RunService } from "../runs/run-service.ts";

/** How soon a store that could not be opened is tried again. */
const STORE_RETRY_MS = 1_000;

/** The service of a store that may not be usable now. */
export interface ServiceDesk {
  /** @throws what the store cannot be opened for; it is tried again a little later */
  desk(): Promise<RunService>;
  /** Why it cannot be used now: it was not opened, or takes nothing; `undefined` when it can. */
  problem(): string | undefined;
  close(graceMs: number): Promise<void>;
}

/** Opens a service when it is first needed, and again after a failure. */
export function createDesk(open: () => Promise<RunService>, log: Log): ServiceDesk {
  let opening: Promise<RunService> | undefined;
  let opened: RunService | undefined;
  let problem: string | undefined;
  const attempt = async (): Promise<RunService> => {
    try {
      opened = await open();
      problem = undefined;
      return opened;
    } catch (error) {
      problem = errorMessage(error);
      log.warn(`the store cannot be used: ${problem}`);
      setTimeout(() => (opening = undefined), STORE_RETRY_MS).unref();
      throw error;
    }
  };
  return {
    async desk() {
      opening ??= attempt();
      return opening;
    },
    problem: () => problem ?? opened?.problem(),
    async close(graceMs) {
      const service = await opening?.catch(() => undefined);
      await service?.close(graceMs);
    },
  };
}
