import * as z from "zod";

import type { RunId } from "../../lib/ids.ts";
import { clientCaller, defineMcpTool } from "../mcp-tool.ts";
import { listedRun, listedSnapshot } from "../listed.ts";
import { describeSnapshot, runSnapshot, toSnapshot } from "../snapshot.ts";
import { viewerOf } from "../where.ts";
import { waitForRun, waitSeconds } from "../waiting.ts";

const DEFAULT_WAIT_SECONDS = 25;
const runIdField = z.string().describe("From run_agent or list_runs");

export const runAgent = defineMcpTool({
  name: "run_agent",
  title: "Run agent",
  description:
    "Starts a run; may return before it ends. If it awaits approval, show the user each pending item in full and let them decide. If running, use get_run. Never send the same task again because it is slow.",
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: false,
    openWorldHint: true,
  },
  input: () =>
    z.object({
      input: z.string().min(1).max(100_000).describe("The task, as text"),
      agent: z.string().optional().describe("Default: the first agent of list_agents"),
      session_id: z
        .string()
        .regex(/^[\w.:-]{1,100}$/)
        .optional()
        .describe("Go on with a conversation; a new name starts one"),
      idempotency_key: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe("The same key with the same request is the same run"),
      wait_seconds: waitSeconds,
    }),
  output: runSnapshot,
  listed: listedSnapshot,
  async handle({ input, agent, session_id, idempotency_key, wait_seconds }, deps, context) {
    const runId = await deps.service.start({
      ...clientCaller(context),
      input,
      agent,
      sessionId: session_id,
      idempotencyKey: idempotency_key,
    });
    const seconds = wait_seconds ?? DEFAULT_WAIT_SECONDS;
    return waitForRun(runId, { deps, context, seconds });
  },
  describe: describeSnapshot,
});

export const getRun = defineMcpTool({
  name: "get_run",
  title: "Get run",
  description:
    "The state of one run: its output, its error, or what it waits for. Waits up to wait_seconds for it to pause or end, and where a person is asked, until something changes.",
  annotations: { readOnlyHint: true, idempotentHint: true, openWorldHint: false },
  input: () =>
    z.object({
      run_id: runIdField,
      wait_seconds: waitSeconds,
      output_offset: z.int().min(0).optional().describe("First character of a long output to show"),
      steps: z.boolean().optional().describe("Also list the last 20 calls"),
    }),
  output: runSnapshot,
  listed: listedRun,
  async handle({ run_id, wait_seconds, output_offset, steps }, deps, context) {
    const options = { outputOffset: output_offset, steps };
    const seconds = wait_seconds ?? 0;
    return waitForRun(run_id as RunId, { deps, context, seconds, options, untilChange: true });
  },
  describe: describeSnapshot,
});

export const resumeRun = defineMcpTool({
  name: "resume_run",
  title: "Resume run",
  description: "Goes on with a run that failed and is resumable; leaves any other as it is.",
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: true,
  },
  input: () => z.object({ run_id: runIdField, wait_seconds: waitSeconds }),
  output: runSnapshot,
  listed: listedSnapshot,
  async handle({ run_id, wait_seconds }, deps, context) {
    const runId = run_id as RunId;
    await deps.service.resume(runId, clientCaller(context));
    return waitForRun(runId, { deps, context, seconds: wait_seconds ?? DEFAULT_WAIT_SECONDS });
  },
  describe: describeSnapshot,
});

export const cancelRun = defineMcpTool({
  name: "cancel_run",
  title: "Cancel run",
  description: "Ends a run and its pending approvals. A finished run stays as it is.",
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: () => z.object({ run_id: runIdField, reason: z.string().max(2_000).optional() }),
  output: runSnapshot,
  listed: listedSnapshot,
  async handle({ run_id, reason }, deps, context) {
    const { service } = deps;
    const runId = run_id as RunId;
    await service.cancel(runId, { ...clientCaller(context), reason });
    const viewer = viewerOf(deps, context);
    return toSnapshot(await service.get(runId, clientCaller(context)), { service, viewer });
  },
  describe: describeSnapshot,
});
