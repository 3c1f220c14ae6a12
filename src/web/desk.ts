import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { Caller } from "../engine/state.ts";
import type { RunService } from "../runs/run-service.ts";
import type { PinDesk, TrustDesk } from "./prove.ts";

/** What a gateway remembers of rejected calls. */
export interface Rejections {
  /** Whether the same call is refused unasked when it comes again. */
  isRemembered(service: RunService, approvalId: ApprovalId): Promise<boolean>;
  /** Ends that. @throws HoldpointError `not_allowed` where no call of a gateway was rejected */
  forget(service: RunService, approvalId: ApprovalId, by: string): Promise<void>;
}

/** What answers a page of somebody who is signed in. */
export interface Desk {
  service: RunService;
  pin: PinDesk;
  trust: TrustDesk | undefined;
  /** Absent where no gateway can be asked. */
  rejections: Rejections | undefined;
  caller: Caller;
  /** Runs that were seen waiting, the last one last. */
  seen: Set<RunId>;
}
