import { once } from "node:events";

import { createRunningApp } from "../../app/app.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { isSharedStore } from "../../lib/store-name.ts";
import { appOptions } from "../desk.ts";
import type { Given } from "../literals.ts";
import type { CommandContext } from "../terminal.ts";

/** What still runs when it is asked to stop has so long. */
const GRACE_MS = 10_000;

/** Goes on with runs of a store, until it is stopped; it has no face. */
export async function run(given: Given<"worker">, context: CommandContext): Promise<number> {
  const { log } = context;
  const { slots } = given;
  const options = { ...appOptions(given, context), source: given.source, slots };
  const { service, notes } = await createRunningApp(options);
  if (!isSharedStore(service.location)) {
    await service.close();
    throw new HoldpointError(
      "invalid_input",
      "A worker shares its store with others, and a store in memory is its own. Use --store",
    );
  }
  for (const note of notes) log.info(note);
  const names = service.registry.agents.map(({ agent, source }) => `"${agent.name}" (${source})`);
  service.recover();
  log.info(`works on runs of ${names.join(", ")}, ${slots} at a time`);
  const stopped = new AbortController();
  // Connections that only wait keep no process.
  const awake = setInterval(() => undefined, 2 ** 30);
  const ended = ["SIGINT", "SIGTERM", "SIGHUP"].map((name) =>
    once(process, name, { signal: stopped.signal }),
  );
  await Promise.race(ended);
  stopped.abort();
  await Promise.allSettled(ended);
  clearInterval(awake);
  log.info("stops: what runs is finished, or paused");
  await service.close(GRACE_MS);
  // A tool that ignores its signal must not keep the process: what it did is in doubt then.
  process.exit(0);
}
