import { createDeskService, deskStore, type AppOptions } from "../app/app.ts";
import { HoldpointError } from "../lib/errors.ts";
import { isSharedStore } from "../lib/store-name.ts";
import type { RunService } from "../runs/run-service.ts";
import type { CommandContext } from "./terminal.ts";

const PAGE = 100;

/** What is said to a command of the program that it is to work with, as far as it can be said there. */
interface AppGiven {
  readonly store?: string | undefined;
  readonly config?: string | undefined;
  readonly noConfig?: boolean;
  readonly agents?: string | undefined;
}

/** The program that is asked for. */
export function appOptions(
  { store, config, noConfig, agents }: AppGiven,
  { env, log }: Pick<CommandContext, "env" | "log">,
): AppOptions {
  return { store, configFile: config, noConfig, agentsFile: agents, env, log };
}

/** Lets `work` look and decide in a store that servers share. */
export async function withDesk<T>(
  context: CommandContext,
  given: AppGiven,
  work: (service: RunService) => Promise<T>,
): Promise<T> {
  const options = appOptions(given, context);
  const store = deskStore(options);
  if (!isSharedStore(store)) {
    throw new HoldpointError(
      "invalid_input",
      "A memory store lives inside one process and cannot be reached from here. Start the server with --store PATH",
    );
  }
  const service = await createDeskService({ ...options, store });
  try {
    return await work(service);
  } finally {
    await service.close();
  }
}

/** The first `most` of what a store lists, page by page, and whether there is more. */
export async function takePages<T>(
  most: number,
  next: (page: {
    limit: number;
    cursor: string | undefined;
  }) => Promise<{ items: readonly T[]; nextCursor?: string | undefined }>,
): Promise<{ items: T[]; more: boolean }> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await next({ limit: Math.min(PAGE, most - items.length), cursor });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined && items.length < most);
  return { items, more: cursor !== undefined };
}
