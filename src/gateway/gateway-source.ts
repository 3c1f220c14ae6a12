import { rootFrame } from "../engine/frames.ts";
import type { Journal } from "../engine/journal.ts";
import { processOwner } from "../engine/lease.ts";
import { advance } from "../engine/loop.ts";
import type { Starter } from "../engine/starter.ts";
import type { Run } from "../engine/state.ts";
import type { DriverSource } from "../runs/driver-source.ts";
import { bindGateway, gatewayPlanner, type GatewayOwn } from "./driver.ts";
import { gatewayDataOf } from "./folder.ts";
import { isHeld } from "./outcome.ts";

/**
 * The calls of one configuration, as a process goes on with them. While somebody waits here for a
 * call it is not let go of, so that it runs at this process's servers and at no other's; and where
 * nobody waits, it runs where it was before, as long as that process lives.
 */
export function createGatewaySource(source: string, own: GatewayOwn): DriverSource {
  return {
    source,
    planner: gatewayPlanner(own),
    failureType: "gateway_stopped",
    async goOn(recorder, { signal, resumption, starter, passes }) {
      const { journal } = recorder;
      if (await isOthersTurn(own, journal.state, starter)) return "later";
      const bound = bindGateway(own);
      const caller = resumption?.caller;
      // A tool is not gone because its server is only starting.
      const start = gatewayDataOf(journal.state)?.start;
      const isCall = start !== undefined && start.asks === undefined;
      if (isCall && own.served(start.server, start.tool) === undefined) {
        await own.settle(start.server, signal);
      }
      for (;;) {
        const { length } = journal.entries;
        const place = { recorder, bound, own, starter, passes };
        await advance({ ...place, owner: processOwner, signal, caller });
        const { runId, failure } = journal.state;
        const isWaitedFor = runId !== undefined && own.waiting(runId) !== undefined;
        const isOver = rootFrame(journal.state)?.end !== undefined;
        if (isOver || failure !== undefined || !isWaitedFor) return undefined;
        // What was written behind the back of the last look would wake nobody.
        if (journal.entries.length === length) await nextChange(journal, signal);
      }
    },
  };
}

/** Servers have a state of their own: a browser, a directory. */
async function isOthersTurn(
  own: GatewayOwn,
  run: Run,
  starter: Starter | undefined,
): Promise<boolean> {
  const { runId, process, live, undecided } = run;
  if (process === undefined || starter === undefined || runId === undefined) return false;
  if (process.instance === starter.process.instance) return false;
  if (live.size === 0 || undecided.size > 0) return false;
  // Of one that has begun it is for whoever looks first to find out what became of it.
  if (own.waiting(runId) !== undefined || !isHeld(run)) return false;
  return (await starter.isAlive(process)) === true;
}

async function nextChange(journal: Journal, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unwatch = journal.watch(resolve);
  const wake = (): void => resolve();
  signal.addEventListener("abort", wake, { once: true });
  if (signal.aborted) resolve();
  await promise;
  signal.removeEventListener("abort", wake);
  unwatch();
}
