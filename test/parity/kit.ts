import { createScriptedModel, type ScriptedTurn } from "../../src/testing.ts";
import type {
  AnyAgent,
  Model,
  Runner,
  RunResult,
  RunState,
  StreamedRunResult,
} from "../../src/index.ts";
import {
  plain,
  printed,
  toErrorLine,
  toEventLine,
  toInputLine,
  toInterruptionLine,
  toItemLine,
  toRequestLine,
  toUsageLine,
  type Transcript,
} from "./transcript.ts";

/** What a program works with besides the library; everything it is told goes to the transcript. */
export interface Kit {
  /** Standard output. */
  print(...values: unknown[]): void;
  /** A model that plays these turns; every request goes to the transcript. */
  model(...turns: ScriptedTurn[]): Model;
  /** All that a result says. */
  report(result: RunResult): void;
  /** The events of a stream in order, until it is over, and then what the result says. */
  watch(stream: StreamedRunResult): Promise<void>;
  /** Runs what should throw: the error goes to the transcript, and is returned. */
  failure(work: () => Promise<unknown>): Promise<Error & { state?: RunState }>;
  /** Tells every event of an agent's or a runner's hooks. */
  hooks(label: string, emitter: AnyAgent | Runner): void;
}

export function createKit(): { kit: Kit; transcript: Transcript } {
  const transcript: Transcript = [];
  const tell = (line: unknown): void => void transcript.push(line);
  const kit: Kit = {
    print: (...values) => tell(printed(values)),
    model: (...turns) => createToldModel(turns, tell),
    report: (result) => tell({ result: reportOf(result) }),
    async watch(stream) {
      const events: unknown[] = [];
      for await (const event of stream) events.push(toEventLine(event));
      await stream.completed;
      tell({ events, cancelled: stream.cancelled, error: stream.error });
      kit.report(stream);
    },
    async failure(work) {
      try {
        await work();
      } catch (error) {
        tell({ failed: toErrorLine(error) });
        return error as Error;
      }
      throw new Error("The program went on where it should have failed");
    },
    hooks: (label, emitter) => tellHooks(label, emitter, tell),
  };
  return { kit, transcript };
}

function createToldModel(turns: readonly ScriptedTurn[], tell: (line: unknown) => void): Model {
  const scripted = createScriptedModel(
    turns.map((turn) => (request) => {
      tell({ request: toRequestLine(request) });
      return typeof turn === "function" ? turn(request) : turn;
    }),
  );
  return {
    getResponse: (request) => scripted.getResponse(request),
    getStreamedResponse: (request) => scripted.getStreamedResponse(request),
  };
}

function reportOf(result: RunResult): unknown {
  const interruptions = result.interruptions ?? [];
  return plain({
    // Read while a run waits, the original's logs a warning.
    finalOutput: interruptions.length > 0 ? undefined : result.finalOutput,
    interruptions: interruptions.map((item) => toInterruptionLine(item)),
    newItems: result.newItems.map((item) => toItemLine(item)),
    input: toInputLine(result.input),
    history: toInputLine(result.history),
    output: result.output,
    responses: result.rawResponses,
    lastResponseId: result.lastResponseId,
    lastAgent: result.lastAgent?.name,
    activeAgent: result.activeAgent?.name,
    usage: toUsageLine(result.state.usage),
    usageOfContext: toUsageLine(result.runContext.usage),
    context: result.runContext.context,
    guardrails: {
      input: result.inputGuardrailResults,
      output: result.outputGuardrailResults.map(({ guardrail, output }) => ({ guardrail, output })),
      toolInput: result.toolInputGuardrailResults,
      toolOutput: result.toolOutputGuardrailResults,
    },
  });
}

function tellHooks(label: string, emitter: AnyAgent | Runner, tell: (line: unknown) => void): void {
  const names = [
    "agent_start",
    "agent_end",
    "agent_handoff",
    "agent_tool_start",
    "agent_tool_end",
  ] as const;
  for (const name of names) {
    emitter.on(name, (...args: unknown[]) => {
      tell({ hook: `${label} ${name}`, with: args.slice(1).map((arg) => toHookArgument(arg)) });
    });
  }
}

function toHookArgument(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return plain(value);
  if ("toolCall" in value) return { toolCall: plain(value.toolCall) };
  return "name" in value ? value.name : plain(value);
}
