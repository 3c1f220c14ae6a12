import type { AnyAgent } from "../../../src/agents/agent.ts";
import { RunContext } from "../../../src/agents/run-context.ts";
import { verifyLines, createJournal } from "../journal.ts";
import type { EntryDraft } from "../../../src/agents/entries.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import type { ActivationOptions } from "../../../src/engine/activation.ts";
import type { Own } from "../../../src/agents/activation.ts";
import { sharedOf } from "../../../src/agents/conversation.ts";
import { toActivationOptions } from "../../../src/agents/face/live-run.ts";
import { createAgentGraph, type AgentGraph } from "../../../src/agents/graph.ts";
import { approvalDrafts, type ItemVerdict } from "../../../src/agents/face/decisions.ts";
import { advance } from "../../../src/engine/loop.ts";
import { createRecorder, type Recorder } from "../../../src/engine/recorder.ts";
import type { JournalSink } from "../../../src/engine/recording.ts";
import { startDraft } from "../../../src/agents/start-run.ts";
import { interruptions } from "../../../src/agents/face/run-view.ts";
import { Runner } from "../../../src/agents/face/run.ts";
import { configOf, lastDecision, startOf, type Play } from "./play.ts";
import type { PlayScript } from "./script.ts";

/** Thrown into a run where its process would have died. */
export class Stop extends Error {
  override readonly name = "Stop";
}

/**
 * Where a process dies. `after` entries are stored then. `written`: at once, what they announce is
 * not done. `attempted`: when it wants to write the next one, so that whatever that would have
 * told of is done and nobody knows.
 */
export interface StopPoint {
  after: number;
  at: "written" | "attempted";
}

export interface StoppableSettings {
  script: PlayScript;
  input: string;
  /** What a process before this one left. */
  lines?: readonly string[] | undefined;
  stop: StopPoint;
  delay(): Promise<void>;
  /** Told of entries as they are written: how many were before, and their types. */
  watch?: ((before: number, types: readonly string[]) => void) | undefined;
  /** Puts a fault between the run and its journal. */
  wrapRecorder?: ((recorder: Recorder) => Recorder) | undefined;
}

/** Lines of a journal, kept until its writer dies in the middle. */
export interface DyingSink extends JournalSink {
  readonly lines: readonly string[];
  readonly dead: boolean;
}

export function createDyingSink({
  lines: before = [],
  stop,
  delay,
  watch,
}: Pick<StoppableSettings, "lines" | "stop" | "delay" | "watch">): DyingSink {
  const lines = [...before];
  let dead = false;
  return {
    lines,
    get dead() {
      return dead;
    },
    async write(journal, from) {
      await delay();
      if (dead) throw new Stop();
      const more = journal.entries.slice(from);
      watch?.(
        lines.length,
        more.map(({ entry }) => entry.type),
      );
      const room = stop.after - lines.length;
      dead = stop.at === "written" ? more.length >= room : more.length > room;
      // An outcome and what it did to the context are one write.
      const isTorn = more[room]?.entry.type === "context_changed";
      const written = isTorn ? more.slice(0, room - 1) : more.slice(0, room);
      lines.push(...written.map(({ line }) => line));
      if (dead) throw new Stop();
    },
    read: async (fromSeq) => lines.slice(fromSeq),
  };
}

/** A run whose process dies: made of the library's parts, since the library has no way to die. */
export interface StoppablePlay extends Play {
  readonly sink: DyingSink;
}

export function createStoppablePlay(agent: AnyAgent, settings: StoppableSettings): StoppablePlay {
  const { script, lines = [] } = settings;
  const graph = createAgentGraph(agent);
  const sink = createDyingSink(settings);
  const journal = createJournal(verifyLines(lines));
  const { maxTurns, context: first, ...conversation } = startOf(script);
  const context = new RunContext<unknown>(
    structuredClone(sharedOf(journal.state).context ?? { ...first }),
  );
  const plain = createRecorder(journal, { clock: systemClock, sink });
  const recorder = settings.wrapRecorder?.(plain) ?? plain;
  const append = async (drafts: readonly EntryDraft[]): Promise<void> => {
    await recorder.append(drafts);
  };
  const decide = async (given: ItemVerdict): Promise<void> =>
    append(approvalDrafts(journal.state, graph, given));
  const { input } = settings;
  const draft = startDraft(graph, { input, maxTurns, context, ...conversation });
  let begun = lines.length > 0;
  return {
    sink,
    async advance(raised) {
      if (!begun) await append([draft]);
      begun = true;
      const maxTurns = raised === null ? null : undefined;
      await advance(activationOptions(script, { graph, recorder, context, maxTurns }));
    },
    interruptions: () => interruptions(journal.state, graph),
    approve: async (item, given) => decide({ item, verdict: "approved", options: given }),
    reject: async (item, given) => decide({ item, verdict: "rejected", options: given }),
    addInput: async (content) =>
      append([{ type: "input_added", items: [{ type: "message", role: "user", content }] }]),
    get state() {
      return journal.state;
    },
    lastDecided: () => (sink.lines.length === lines.length ? lastDecision(lines) : undefined),
  };
}

function activationOptions(
  script: PlayScript,
  run: {
    graph: AgentGraph;
    recorder: Recorder;
    context: RunContext;
    maxTurns: null | undefined;
  },
): ActivationOptions<Own> {
  const { graph, recorder, context, maxTurns } = run;
  const config = configOf(script);
  return toActivationOptions({
    plan: { graph, config },
    config,
    recorder,
    context,
    hooks: new Runner(),
    streamed: script.streamed,
    ...(maxTurns === null ? { maxTurns } : {}),
  });
}
