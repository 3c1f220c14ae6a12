/**
 * A process that serves the runs of a store, and holds still at one place until it is woken, for
 * tests of what an overtaken process may still do. Its only argument is a `Play` as JSON.
 *
 * What it says, a line each: `ready`; `run <id>` of what it was told to start; `holding` at its
 * place; `in body` inside the tool; `closed`. What it is told: `start`, `arm`, `go`, `close`.
 */
import { appendFileSync, existsSync, readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

import { z } from "zod";

import {
  Agent,
  createAgentRegistry,
  createRunService,
  defineToolInputGuardrail,
  defineToolOutputGuardrail,
  tool,
  ToolGuardrailFunctionOutputFactory,
  type RunConfig,
} from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";

import { openPlace } from "./open-place.ts";
import type { Place, Play } from "./overtaken.ts";

const play = JSON.parse(process.argv[2] ?? "") as Play;
const { allow, rejectContent } = ToolGuardrailFunctionOutputFactory;
const told = createInterface({ input: process.stdin });
const bodyMayGoOn = Promise.withResolvers<void>();
let isArmed = false;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/**
 * Whether this is where the process holds; once it is woken, the answer is that it has held there.
 * Nothing else of the process runs meanwhile, no timer and no renewal of a lease.
 */
function holdsAt(place: Place): boolean {
  if (play.holdsAt !== place || !isArmed) return false;
  say("holding");
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(play.wakeFile)) Atomics.wait(cell, 0, 0, 5);
  return true;
}

/** Adds an effect; of a tool that is idempotent one for each key. */
function pay(amount: number, key: string): void {
  const lines = readFileSync(play.effects, "utf8").split("\n");
  if (play.isIdempotent === true && lines.some((line) => line.includes(key))) return;
  appendFileSync(play.effects, `${amount} by ${play.name} for ${key}\n`);
}

const payTool = tool({
  name: "pay",
  description: "Pays an amount.",
  parameters: z.object({ amount: z.number() }),
  idempotent: play.isIdempotent === true,
  needsApproval: (_context, { amount }) => {
    if (holdsAt("needsApproval")) return true;
    return play.isGated === true || amount < 100;
  },
  isEnabled: () => {
    if (holdsAt("isEnabled")) return false;
    return !(play.holdsAt === "unknown tool formatter" && isArmed);
  },
  inputGuardrails: [
    defineToolInputGuardrail({
      name: "no surprises",
      run: () => (holdsAt("input guardrail") ? rejectContent("withheld") : allow()),
    }),
  ],
  outputGuardrails: [
    defineToolOutputGuardrail({
      name: "no secrets",
      run: () => (holdsAt("output guardrail") ? rejectContent("withheld") : allow()),
    }),
  ],
  async execute({ amount }, _context, details) {
    holdsAt("body");
    if (play.waitsInBody === true && amount >= 100) {
      say("in body");
      await bodyMayGoOn.promise;
    }
    pay(amount, details?.idempotencyKey ?? "");
    return `Paid ${amount} by ${play.name}`;
  },
});

const model = createScriptedModel(({ input }) => {
  appendFileSync(play.requests, `${JSON.stringify(input)}\n`);
  const made =
    typeof input === "string" ? [] : input.filter(({ type }) => type === "function_call");
  const amount = play.amounts[made.length];
  if (amount === undefined) return [message("Done.")];
  isArmed ||= play.isArmedAtOnce === true;
  return [call("pay", { amount }, `c${made.length + 1}`)];
});

const config: RunConfig = {
  toolNotFoundBehavior: "return_error_to_model",
  toolErrorFormatter: ({ kind, defaultMessage }) => {
    const place = kind === "tool_not_found" ? "unknown tool formatter" : "rejection formatter";
    holdsAt(place);
    return `${defaultMessage} So says ${play.name}.`;
  },
};
const agent = new Agent({ name: "Payments", model, tools: [payTool] });
const service = createRunService({
  store: await openPlace(play.store),
  registry: createAgentRegistry([{ agent, source: "test#Payments" }], config),
  config,
  gates: {
    policy: () => {
      if (holdsAt("policy")) return { verdict: "deny", reason: "not on a Saturday" };
      if (holdsAt("asking policy")) return { verdict: "ask", approver: "person" };
      return undefined;
    },
  },
  log: { info() {}, warn: (text) => void process.stderr.write(`${play.name}: ${text}\n`) },
});
service.recover();
say("ready");
for await (const word of told) {
  if (word === "start") say(`run ${await service.start({ input: "Pay." })}`);
  if (word === "arm") {
    isArmed = true;
    say("armed");
  }
  if (word === "go") bodyMayGoOn.resolve();
  if (word === "close") break;
}
await service.close(20_000);
say("closed");
process.exit(0);
