import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { ReadRequest } from "../policy/read-request.ts";
import type { RunService } from "../runs/run-service.ts";
import type { Callers } from "./callers.ts";
import type { Catalogue } from "./catalogue.ts";
import type { GatewayOwn } from "./driver.ts";
import type { Standings } from "./standings.ts";
import type { Tickets } from "./tickets.ts";
import type { Turns } from "./turns.ts";

/** What calls work with in this process. */
export interface CallMeans {
  /** Absent while the store cannot be used; says why, and tries again. */
  desk(): Promise<RunService>;
  /** Why the store cannot be used now; `undefined` when it can, or was not tried yet. */
  storeProblem(): string | undefined;
  readonly catalogue: Catalogue;
  readonly own: GatewayOwn;
  readonly standings: Standings;
  readonly tickets: Tickets;
  /** Like calls are held against the ledger one after the other. */
  readonly turns: Turns;
  readonly callers: Callers;
  readonly clock: Clock;
  readonly log: Log;
  readonly owner: string;
  /** `gateway:<real path of the configuration>`. */
  readonly source: string;
  readonly replayMs: number;
  holdMs(client: string): number;
  ignored(server: string, tool: string): readonly string[];
  /** Why a rule denies a request for something besides tools; `undefined` where none does. */
  deniedRead(request: ReadRequest): string | undefined;
}

/** The same, once the store can be used. */
export type HoldMeans = CallMeans & { readonly service: RunService };
