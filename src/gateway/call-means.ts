import type { Progress } from "@modelcontextprotocol/sdk/types.js";

import type { Clock } from "../lib/clock.ts";
import type { ApprovalId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { PersonAnswer } from "../host/elicit.ts";
import type { RunService } from "../runs/run-service.ts";
import type { Callers } from "./callers.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ReadRequest } from "../policy/read-request.ts";
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

/** Who calls, and how they are reached. */
export interface CallerContext {
  readonly requestId: string | number;
  /** When the call came, by `performance.now()`. */
  readonly since: number;
  /** Aborts when the client gives the call up. */
  readonly signal: AbortSignal;
  /** Aborts when waiting is to end, as the process is closing. */
  readonly closing: AbortSignal;
  /** Without its version. */
  readonly principal: string;
  readonly client: string;
  /** Absent where the client did not ask to be told. */
  readonly progress: ((progress: Progress) => void) | undefined;
  /** Asks the person through the client; absent where it shows no forms. */
  readonly ask:
    | ((approvalId: ApprovalId, service: RunService, signal: AbortSignal) => Promise<PersonAnswer>)
    | undefined;
}

/** The same, once the store can be used. */
export type HoldMeans = CallMeans & { readonly service: RunService };
