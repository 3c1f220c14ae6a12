import { EventEmitter } from "node:events";

/** An emitter whose events are named in `TEvents`. A listener that throws fails the run. */
export class Hooks<TEvents extends Record<keyof TEvents, unknown[]>> {
  readonly #emitter = new EventEmitter();

  on<K extends keyof TEvents & string>(type: K, listener: (...args: TEvents[K]) => void): this {
    this.#emitter.on(type, listener as (...args: unknown[]) => void);
    return this;
  }

  off<K extends keyof TEvents & string>(type: K, listener: (...args: TEvents[K]) => void): this {
    this.#emitter.off(type, listener as (...args: unknown[]) => void);
    return this;
  }

  once<K extends keyof TEvents & string>(type: K, listener: (...args: TEvents[K]) => void): this {
    this.#emitter.once(type, listener as (...args: unknown[]) => void);
    return this;
  }

  emit<K extends keyof TEvents & string>(type: K, ...args: TEvents[K]): boolean {
    return this.#emitter.emit(type, ...args);
  }
}
