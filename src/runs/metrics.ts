import type { Attributes, Counter, Histogram, Meter, MeterProvider } from "@opentelemetry/api";

import { isEngineEntry, type EngineEntry } from "../engine/entries.ts";
import type { Journal } from "../engine/journal.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { RunStore } from "./run-store.ts";

/**
 * Where OpenTelemetry's API 1.x keeps what an SDK registered, for all copies of itself:
 * https://github.com/open-telemetry/opentelemetry-js, api/src/internal/global-utils.ts.
 */
const REGISTRY = Symbol.for("opentelemetry.js.api.1");

export interface Metrics {
  /** The same store, each call of which is measured. */
  readonly store: RunStore;
  /** Counts what was written to a run: the entries from this one on. */
  written(journal: Journal, from: number): void;
}

/** What is measured; names and units as in the docs. */
interface Instruments {
  asked: Counter;
  decided: Counter;
  decisionTime: Histogram;
  runs: Counter;
  storeTime: Histogram;
  claims: Counter;
}

/** `undefined` unless an SDK of OpenTelemetry registered itself before: then nothing is measured. */
export function createMetrics(store: RunStore): Metrics | undefined {
  const meter = findMeter();
  if (meter === undefined) return undefined;
  const instruments = createInstruments(meter, store);
  return {
    store: measured(store, (ms, attributes, claimed) =>
      quietly(() => {
        instruments.storeTime.record(ms / 1_000, attributes);
        if (claimed !== undefined) instruments.claims.add(claimed);
      }),
    ),
    written: (journal, from) =>
      quietly(() => {
        for (const { entry } of journal.entries.slice(from)) {
          if (isEngineEntry(entry)) count(instruments, journal, entry);
        }
      }),
  };
}

/** What was written is written: an instrument that fails is no reason to say otherwise. */
function quietly(tell: () => void): void {
  try {
    tell();
  } catch {
    // Of measuring alone: there is nobody to tell who does not measure.
  }
}

/** Found where the API would find it: that need not be installed where this package looks. */
function findMeter(): Meter | undefined {
  const registered = (globalThis as { [REGISTRY]?: { metrics?: MeterProvider } })[REGISTRY];
  return registered?.metrics?.getMeter("holdpoint");
}

function createInstruments(meter: Meter, store: RunStore): Instruments {
  const waiting = meter.createObservableGauge("holdpoint.approvals.waiting", {
    unit: "{approval}",
    description: "Open approvals of the store, counted up to 1,000",
  });
  waiting.addCallback(async (result) => {
    result.observe((await store.countPending()).count);
  });
  return {
    asked: meter.createCounter("holdpoint.approvals.asked", { unit: "{approval}" }),
    decided: meter.createCounter("holdpoint.approvals.decided", { unit: "{approval}" }),
    decisionTime: meter.createHistogram("holdpoint.approvals.decision_time", {
      unit: "s",
      advice: { explicitBucketBoundaries: [1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400] },
    }),
    runs: meter.createCounter("holdpoint.runs", { unit: "{run}" }),
    storeTime: meter.createHistogram("holdpoint.store.duration", {
      unit: "s",
      advice: { explicitBucketBoundaries: [0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5] },
    }),
    claims: meter.createCounter("holdpoint.claims", { unit: "{run}" }),
  };
}

/** What entries say of a run's status, that of what is begun being `started`. */
const reached: Partial<Record<EngineEntry["type"], string>> = {
  run_started: "started",
  run_completed: "completed",
  run_failed: "failed",
  run_cancelled: "cancelled",
};

function count(instruments: Instruments, { state }: Journal, entry: EngineEntry): void {
  const status = reached[entry.type];
  if (status !== undefined && entry.path === undefined) instruments.runs.add(1, { status });
  if (entry.type === "approval_requested") instruments.asked.add(1, { kind: entry.kind });
  if (entry.type !== "approval_decided") return;
  const { approvalId, channel, decision, at } = entry;
  const request = state.approvals.get(approvalId);
  const attributes = { channel, decision, ...(request && { kind: request.kind }) };
  instruments.decided.add(1, attributes);
  if (request === undefined) return;
  const seconds = (Date.parse(at) - Date.parse(request.at)) / 1_000;
  instruments.decisionTime.record(Math.max(0, seconds), attributes);
}

type Told = (ms: number, attributes: Attributes, claimed: number | undefined) => void;

function measured(store: RunStore, told: Told): RunStore {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      // Watching lasts as long as somebody listens.
      if (typeof value !== "function" || key === "watch") return value;
      return (...args: unknown[]): unknown =>
        measure(() => Reflect.apply(value, target, args), {
          operation: String(key),
          told,
        });
    },
  });
}

function measure(
  work: () => unknown,
  { operation, told }: { operation: string; told: Told },
): unknown {
  const since = performance.now();
  const tell = (outcome: Attributes, result?: unknown): void =>
    told(performance.now() - since, { operation, ...outcome }, claimedBy(operation, result));
  const failed = (error: unknown): never => {
    tell({ "error.type": error instanceof HoldpointError ? error.code : "internal" });
    throw error;
  };
  const done = (result: unknown): unknown => {
    tell({}, result);
    return result;
  };
  let result: unknown;
  try {
    result = work();
  } catch (error) {
    return failed(error);
  }
  // A store in memory answers at once.
  return result instanceof Promise ? result.then(done, failed) : done(result);
}

function claimedBy(operation: string, result: unknown): number | undefined {
  if (operation === "claim" && Array.isArray(result)) return result.length;
  return operation === "claimRun" ? Number(result === true) : undefined;
}
