import { processOwner } from "../engine/lease.ts";
import type { Journal } from "../engine/journal.ts";
import { advance } from "../engine/loop.ts";
import { rootFrame } from "../engine/state.ts";
import type { DriverSource } from "../runs/driven-runs.ts";
import { bindGateway, gatewayDataOf, gatewayPlanner, type GatewayOwn } from "./driver.ts";

/**
 * The calls of one configuration, as a process goes on with them. While somebody waits here for a
 * call it is not let go of, so that it runs at this process's servers and at no other's.
 */
export function createGatewaySource(source: string, own: GatewayOwn): DriverSource {
  return {
    source,
    planner: gatewayPlanner(own),
    failureType: "gateway_stopped",
    async goOn(recorder, { signal, resumption, starter, passes }) {
      const { journal } = recorder;
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
        if (isOver || failure !== undefined || !isWaitedFor) return;
        // What was written behind the back of the last look would wake nobody.
        if (journal.entries.length === length) await nextChange(journal, signal);
      }
    },
  };
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
