import { readFileSync } from "node:fs";

import { afterEach, beforeEach, expect, it } from "vitest";

import { createPayments } from "../support/payments.ts";
import { peerFile } from "../support/peers.ts";
import { startPaused, useSite, waitFor, yes } from "../support/run-services.ts";

interface Point {
  attributes: Record<string, unknown>;
  value: number | { count: number; sum: number };
}
interface Reader {
  collect(): Promise<{
    resourceMetrics: {
      scopeMetrics: {
        metrics: { descriptor: { name: string; unit: string }; dataPoints: Point[] }[];
      }[];
    };
  }>;
}
interface Sdk {
  MeterProvider: new (options: { readers: Reader[] }) => object;
  MetricReader: new () => Reader;
}
interface Api {
  metrics: { setGlobalMeterProvider(provider: object): void; disable(): void };
}

const openSite = useSite("memory");
let reader: Reader;
let api: Api;

beforeEach(async () => {
  const sdk = (await import(peerFile("@opentelemetry/sdk-metrics/dist/index.mjs"))) as Sdk;
  api = (await import(peerFile("@opentelemetry/api/dist/index.mjs"))) as Api;
  reader = new (class extends sdk.MetricReader {
    async onForceFlush(): Promise<void> {}
    async onShutdown(): Promise<void> {}
  })();
  api.metrics.setGlobalMeterProvider(new sdk.MeterProvider({ readers: [reader] }));
});

afterEach(() => api.metrics.disable());

/** All points as `name{attributes} value`; of what is timed only how often. */
async function collect(): Promise<string[]> {
  const { resourceMetrics } = await reader.collect();
  return resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .flatMap(({ descriptor: { name, unit }, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => {
        const of = Object.entries(attributes).map(([key, each]) => `${key}=${String(each)}`);
        const shown = typeof value === "number" ? String(value) : `x${value.count}`;
        return `${name}{${of.toSorted().join(",")}} ${shown} ${unit}`;
      }),
    )
    .toSorted();
}

it("an SDK of OpenTelemetry that was there first is told what waits, was decided, and how long things take", async () => {
  const site = await openSite();
  const { agent } = createPayments();
  const service = await site.open([agent]);
  const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
  expect(await collect()).toEqual(
    expect.arrayContaining([
      "holdpoint.approvals.waiting{} 1 {approval}",
      "holdpoint.approvals.asked{kind=tool_call} 1 {approval}",
      "holdpoint.runs{status=started} 1 {run}",
    ]),
  );
  await service.decide(approvalId, yes());
  await waitFor(service, runId, "completed");
  await expect(service.get("run_nobody" as typeof runId)).rejects.toMatchObject({
    code: "run_not_found",
  });
  const told = await collect();
  expect(told).toEqual(
    expect.arrayContaining([
      "holdpoint.approvals.waiting{} 0 {approval}",
      "holdpoint.approvals.decided{channel=terminal,decision=approved,kind=tool_call} 1 {approval}",
      "holdpoint.approvals.decision_time{channel=terminal,decision=approved,kind=tool_call} x1 s",
      "holdpoint.runs{status=completed} 1 {run}",
    ]),
  );
  const names = (lines: readonly string[]): string[] =>
    [...new Set(lines.flatMap((line) => /holdpoint\.[a-z_.]+/.exec(line) ?? []))].toSorted();
  const listed = readFileSync("docs/scale.md", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `holdpoint."));
  expect(names(told)).toEqual(names(listed));
  expect(told.find((line) => line.startsWith("holdpoint.claims{}"))).toMatch(/\{\} [1-9]/);
  expect(
    told.some((line) => /^holdpoint\.store\.duration\{operation=append\} x\d/.test(line)),
  ).toBe(true);
});

it("what a store fails at is measured with its code", async () => {
  const site = await openSite();
  const { agent } = createPayments();
  const service = await site.open([agent]);
  await startPaused(service, 'pay {"amount": 5}');
  await expect(service.list({ limit: 5, cursor: "nonsense" })).rejects.toMatchObject({
    code: "invalid_cursor",
  });
  expect(await collect()).toContain(
    "holdpoint.store.duration{error.type=invalid_cursor,operation=listRuns} x1 s",
  );
});

it("without an SDK nothing is measured", async () => {
  api.metrics.disable();
  const { createMetrics } = await import("../../src/runs/metrics.ts");
  const { createMemoryRunStore } = await import("../../src/stores/memory.ts");
  expect(createMetrics(createMemoryRunStore())).toBeUndefined();
});

it("an instrument that fails fails no run", async () => {
  api.metrics.disable();
  const failing = { add: fail, record: fail, addCallback: () => {} };
  const create = () => failing;
  const names = ["createCounter", "createHistogram", "createObservableGauge"];
  const meter = Object.fromEntries(names.map((name) => [name, create]));
  api.metrics.setGlobalMeterProvider({ getMeter: () => meter });
  const site = await openSite();
  const { agent, paid } = createPayments();
  const service = await site.open([agent]);
  const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
  await service.decide(approvalId, yes());
  await waitFor(service, runId, "completed");
  expect(paid).toEqual([5]);
});

function fail(): never {
  throw new Error("The exporter is gone");
}
