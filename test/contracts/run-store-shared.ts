import { describe } from "vitest";

import type { RunStore } from "../../src/runs/run-store.ts";
import type { PlaceKind } from "../support/places.ts";
import type { ConnectRunStore, OpenOptions, OpenRunStore, PlaceOf } from "../support/run-stores.ts";
import { describeConnections } from "./run-store-connections.ts";
import { describeBusy, describeFaults, type HoldStore } from "./run-store-faults.ts";
import { describeKept } from "./run-store-kept.ts";
import { describeProcesses } from "./run-store-processes.ts";

/** How stores are come by that outlive a process, and that several processes share. */
export interface SharedOpeners {
  /** Whose driver is broken. */
  kind: PlaceKind;
  /** Opens what a store holds once more; the store may be closed. */
  connect(store: Pick<RunStore, "location">, options?: OpenOptions): Promise<RunStore>;
  /** Absent where other processes need more than a place. */
  placeOf?: PlaceOf;
  /** Absent where nobody can keep others from writing. */
  hold?: HoldStore;
}

/** Part of `runStoreContract`. */
export function describeShared(
  { kind, placeOf, hold }: SharedOpeners,
  open: OpenRunStore,
  connect: ConnectRunStore,
): void {
  describe("two connections", () => {
    describeConnections(open, connect);
  });
  describe("seen by another connection, and once all are closed and one is opened again:", () => {
    describeKept(open, connect);
  });
  describe("faults", () => {
    describeFaults(kind, open, connect);
  });
  if (placeOf !== undefined) describeProcesses(open, placeOf);
  if (hold !== undefined) describeBusy(open, hold);
}
