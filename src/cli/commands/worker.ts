import { once } from "node:events";

import { createRunningApp } from "../../app/app.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { agentsOptions, appOptions, parseCommand } from "../options.ts";
import type { CommandContext } from "../terminal.ts";

const DEFAULT_SLOTS = 16;
const MOST_SLOTS = 1_000;
/** What still runs when it is asked to stop has so long. */
const GRACE_MS = 10_000;

/** Goes on with runs of a store, until it is stopped; it has no face. */
export async function run(args: string[], context: CommandContext): Promise<number> {
  const { log } = context;
  const { values } = parseCommand(args, {
    options: { ...agentsOptions, slots: { type: "string" }, source: { type: "string" } },
  });
  const slots = parseSlots(values.slots);
  const options = appOptions(values, context);
  const { service, notes } = await createRunningApp({ ...options, source: values.source, slots });
  if (service.location === "memory") {
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

function parseSlots(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SLOTS;
  const slots = Number(text);
  if (Number.isSafeInteger(slots) && slots > 0 && slots <= MOST_SLOTS) return slots;
  throw new HoldpointError(
    "invalid_input",
    `--slots must be a whole number from 1 to ${MOST_SLOTS}, not "${text}"`,
  );
}
