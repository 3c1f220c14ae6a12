import * as z from "zod";

import { lazy } from "../lib/lazy.ts";
import { caller, json, previewFields, sentFields } from "./entry-parts.ts";
import {
  answerOutcomes,
  approvalKinds,
  approverLevels,
  bodyOutcomes,
  decisions,
  expiries,
  guardKinds,
} from "./vocabulary.ts";

/** What every entry has. */
export const base = lazy(() => ({
  seq: z.int().min(0),
  /** ISO 8601 UTC. */
  at: z.iso.datetime(),
  /** SHA-256 of the stored line before this one, base64url; absent in the first. */
  prev: z.string().optional(),
  /** Call ids from the root run down to a nested one; absent in the root run. */
  path: z.array(z.string()).optional(),
}));

/** Of an intention: the claim that it was made under, 0 before the first. */
export const intention = lazy(() => ({ ...base(), epoch: z.int().min(0) }));

/** What a call came to: what its proposer is told, in the driver's form, and what went wrong. */
const outcomeFields = lazy(() => ({
  /** A text, or parts in the driver's form. */
  output: z.union([z.string(), z.looseObject({}), z.array(z.looseObject({}))]).optional(),
  /** The text is what the tool returned as a value: JSON, or "undefined". */
  json: z.literal(true).optional(),
  /** What the tool returned, where that stands for parts; in place of `output`. */
  returned: json().optional(),
  /** Where no body ran: an error that the run ends its activation with. */
  error: z.object({ code: z.string(), message: z.string() }).optional(),
}));

/** The form of the entries of every run, by type; each is made when one of it is first read. */
export const engineForms = {
  /** First of a run, and of every nested run. */
  run_started: () =>
    z.object({
      ...intention(),
      type: z.literal("run_started"),
      format: z.int(),
      runId: z.string(),
      /** Who proposes the calls of this run, and reads the entries that are its own. */
      driver: z.string(),
      /** Who asks in it first, by name. */
      agent: z.string(),
      /** `code`, `demo#name`, `agents:<real path>#name`, `config:<real path>#name`. */
      source: z.string(),
      fingerprint: z.string().optional(),
      /** The lock it holds while it is unfinished: the name of its session. */
      sessionId: z.string().optional(),
      /** What else the driver begins with. */
      start: json().optional(),
      ...caller(),
    }),
  /** First of every activation of the loop; only the last claim's owner acts. */
  run_claimed: () =>
    z.object({
      ...base(),
      type: z.literal("run_claimed"),
      /** The format of what follows; absent in format 1. */
      format: z.int().optional(),
      owner: z.string(),
      epoch: z.int().min(1),
      /** Who it is, where the store can tell whether they live. */
      process: z.object({ instance: z.string(), pid: z.int(), host: z.string() }).optional(),
      /** What the driver goes on with from here, such as a new limit. */
      start: json().optional(),
      ...caller(),
    }),
  /** The owner of the claim was closed in the middle: it did not die of what it was at. */
  run_left: () => z.object({ ...intention(), type: z.literal("run_left") }),
  /** A call, from a driver that has no entry of its own for it. */
  call_proposed: () =>
    z.object({
      ...intention(),
      type: z.literal("call_proposed"),
      callId: z.string(),
      name: z.string(),
      arguments: z.string(),
      kind: z.string().optional(),
    }),
  /** Once per run and definition, before its first request. */
  tool_defined: () =>
    z.object({
      ...intention(),
      type: z.literal("tool_defined"),
      tool: z.string(),
      digest: z.string(),
      description: z.string(),
      schema: json(),
      /** Of a tool that was borrowed: the hints it came with. */
      annotations: json().optional(),
      /** Whether its server was believed where it says that a tool changes nothing. */
      trusted: z.literal(true).optional(),
      /** How a call of it is told in one line: `refund {cents} on {orderId}`. */
      summary: z.string().optional(),
    }),
  approval_requested: () =>
    z.object({
      ...intention(),
      type: z.literal("approval_requested"),
      approvalId: z.string(),
      kind: z.enum(approvalKinds),
      callId: z.string().optional(),
      agent: z.string(),
      tool: z.string().optional(),
      toolDigest: z.string().optional(),
      argumentsDigest: z.string().optional(),
      /** Only where they differ from those of the call. */
      ...sentFields(),
      approver: z.enum(approverLevels),
      reason: z.string().optional(),
      expiresAt: z.iso.datetime().optional(),
      /** What expiry does; default `reject`. */
      expiry: z.enum(expiries).optional(),
      /** The request whose decision no longer reaches; whether a yes to all calls is none to this. */
      voids: z.string().optional(),
      alone: z.literal(true).optional(),
    }),
  call_previewed: () =>
    z.object({ ...intention(), type: z.literal("call_previewed"), ...previewFields() }),
  /** A person was shown what is asked. */
  approval_shown: () =>
    z.object({
      ...base(),
      type: z.literal("approval_shown"),
      approvalId: z.string(),
      by: z.string(),
      channel: z.string(),
      level: z.enum(approverLevels).optional(),
      /** Of the arguments as they were shown. */
      argumentsDigest: z.string().optional(),
      /** Names of the parts that were unfolded. */
      unfolded: z.array(z.string()).optional(),
      /** How many milliseconds it had been shown when this was noted. */
      forMs: z.int().min(0).optional(),
    }),
  approval_decided: () =>
    z.object({
      ...base(),
      type: z.literal("approval_decided"),
      approvalId: z.string(),
      decision: z.enum(decisions),
      by: z.string(),
      channel: z.string(),
      /** How sure that channel is of a person; a program in hand of the run needs none. */
      level: z.enum(approverLevels).optional(),
      /** On a terminal: the processes above the one that decided, the nearest first. */
      ancestors: z.array(z.string()).optional(),
      /** `always`: also every later call of this agent, tool and definition in this run. */
      scope: z.enum(["once", "always"]),
      message: z.string().optional(),
      /** What runs instead of the proposed arguments. */
      arguments: json().optional(),
      argumentsDigest: z.string().optional(),
      /** The yes for later calls given with it; with `always`: what waited and is not covered. */
      grant: z.string().optional(),
      except: z.array(z.string()).optional(),
    }),
  /** Before the tool's body runs. */
  tool_started: () =>
    z.object({
      ...intention(),
      type: z.literal("tool_started"),
      callId: z.string(),
      attempt: z.int().min(1),
      /** `seq` of the decision it rests on. */
      decision: z.int().optional(),
      /** By which rule it is free. */
      rule: z.string().optional(),
      ...sentFields(),
    }),
  /** What an attempt came to: its body ran. An error without an output leaves the call in doubt. */
  tool_finished: () =>
    z.object({
      ...base(),
      type: z.literal("tool_finished"),
      callId: z.string(),
      attempt: z.int().min(1),
      outcome: z.enum(bodyOutcomes),
      ...outcomeFields(),
    }),
  /** What was decided instead of running a call, or made of a nested run: no body ran. */
  call_answered: () =>
    z.object({
      ...intention(),
      type: z.literal("call_answered"),
      callId: z.string(),
      outcome: z.enum(answerOutcomes),
      ...outcomeFields(),
    }),
  guardrail_ran: () =>
    z.object({
      ...intention(),
      type: z.literal("guardrail_ran"),
      guardrail: z.string(),
      kind: z.enum(guardKinds),
      callId: z.string().optional(),
      tripped: z.boolean(),
      info: json().optional(),
      /** The text that stands in place of a call or its output. */
      replacement: z.string().optional(),
    }),
  run_completed: () =>
    z.object({
      ...intention(),
      type: z.literal("run_completed"),
      /** What it came to, in the driver's form. */
      output: json(),
    }),
  run_failed: () =>
    z.object({
      ...intention(),
      type: z.literal("run_failed"),
      code: z.string(),
      message: z.string(),
    }),
  run_cancelled: () =>
    z.object({
      ...base(),
      type: z.literal("run_cancelled"),
      ...caller(),
      by: z.string(),
      reason: z.string().optional(),
    }),
  /** A person lets a run go on whose store is an older copy, or was changed. */
  run_released: () =>
    z.object({
      ...base(),
      type: z.literal("run_released"),
      /** What happened after that is not known: what was decided by then does not count any more. */
      since: z.iso.datetime(),
      why: z.enum(["older", "changed"]),
      ...caller(),
      by: z.string(),
    }),
};
