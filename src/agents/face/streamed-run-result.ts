import { Readable } from "node:stream";
import type { ReadableStream as Stream } from "node:stream/web";

import { toError } from "../../lib/errors.ts";
import type { AnyAgent } from "../agent.ts";
import type { RunStreamEvent } from "./events.ts";
import { RunResult } from "./run-result.ts";
import type { RunState } from "./run-state.ts";

/** The run behind a stream. */
export interface StreamedWork {
  /** Runs the loop, telling every event. */
  work(watch: (event: RunStreamEvent) => void): Promise<void>;
  /** Aborts it. */
  leave(): void;
  /** Says that it was aborted. */
  signal: AbortSignal;
}

/** A run that is watched while it goes on. The run never waits for its watcher. */
export class StreamedRunResult<TContext = unknown, TAgent extends AnyAgent = AnyAgent>
  extends RunResult<TContext, TAgent>
  implements AsyncIterable<RunStreamEvent>
{
  #events: RunStreamEvent[] = [];
  /** How many of them were taken. */
  #seen = 0;
  readonly #completed: Promise<void>;
  readonly #leave: () => void;
  readonly #signal: AbortSignal;
  #wake: (() => void) | undefined;
  #over = false;
  #error: Error | null = null;

  constructor(state: () => RunState<TContext, TAgent>, { work, leave, signal }: StreamedWork) {
    super(state);
    this.#leave = leave;
    this.#signal = signal;
    this.#completed = this.#drive(work);
    // Whoever only iterates learns of the failure there.
    this.#completed.catch(() => undefined);
  }

  async #drive(work: StreamedWork["work"]): Promise<void> {
    try {
      await work((event) => {
        this.#events.push(event);
        this.#wake?.();
      });
    } catch (error) {
      if (this.cancelled) return;
      this.#error = toError(error);
      throw this.#error;
    } finally {
      this.#over = true;
      this.#wake?.();
    }
  }

  /**
   * Settles when the run has paused, ended or been cancelled; rejects with what `run` would throw.
   */
  get completed(): Promise<void> {
    return this.#completed;
  }

  /** What `completed` rejects with; `null` when there is none. */
  get error(): Error | null {
    return this.#error;
  }

  /** Whether it was aborted, by signal or by leaving the iteration: it ends quietly then. */
  get cancelled(): boolean {
    return this.#signal.aborted;
  }

  get currentAgent(): TAgent | undefined {
    return this.lastAgent;
  }

  get currentTurn(): number {
    return this.state.currentTurn;
  }

  get maxTurns(): number | null {
    return this.state.maxTurns;
  }

  /** Events in order, each once over all iterations; ends when the run pauses or ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<RunStreamEvent, void, undefined> {
    let finished = false;
    try {
      for (;;) {
        const event = this.#next();
        if (event !== undefined) {
          yield event;
          continue;
        }
        if (this.#over) break;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      finished = true;
      if (this.#error !== null) throw this.#error;
    } finally {
      if (!finished && !this.#over) this.#leave();
    }
  }

  /** The next event that nobody has seen: taking it costs the same however many wait. */
  #next(): RunStreamEvent | undefined {
    const event = this.#events[this.#seen];
    if (event === undefined) {
      this.#events = [];
      this.#seen = 0;
      return undefined;
    }
    this.#seen += 1;
    return event;
  }

  toStream(): Stream<RunStreamEvent> {
    return ReadableStream.from(this);
  }

  /** The text of messages as it comes in. */
  toTextStream(): Stream<string>;
  toTextStream(options: { compatibleWithNodeStreams: true }): Readable;
  toTextStream(options: { compatibleWithNodeStreams?: false }): Stream<string>;
  toTextStream(options?: { compatibleWithNodeStreams?: boolean }): Stream<string> | Readable {
    const text = this.#text();
    return options?.compatibleWithNodeStreams === true
      ? Readable.from(text)
      : ReadableStream.from(text);
  }

  async *#text(): AsyncGenerator<string, void, undefined> {
    for await (const event of this) {
      if (event.type === "raw_model_stream_event" && event.data.type === "output_text_delta") {
        yield event.data.delta;
      }
    }
  }
}
