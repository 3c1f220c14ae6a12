import { UserError } from "./errors.ts";

/** Somebody touched a part of a context that could not be saved and was not given again. */
export class MissingContextError extends UserError {}

const missing = new WeakMap<object, string>();

/** Whether a value stands for a part of a context that is to be given again. */
export function isMissing(value: unknown): boolean {
  return typeof value === "function" && missing.has(value);
}

/** What stands at a path, a JSON pointer, until somebody gives it again: to touch it is an error. */
export function missingAt(path: string, because = "could not be saved with the run"): unknown {
  const name = ["context", ...keysOf(path)].join(".");
  const part = Object.defineProperty(createPart(), "name", { value: `${name}, not given again` });
  const fail = (): never => {
    throw new MissingContextError(
      `Cannot use ${name}: it ${because}, and was not given again. Give it to whatever goes on with the run: fromString(agent, text, { context }), run(agent, state, { context }), runner.resume(agent, runId, { context }), or createContext() in the agents file`,
    );
  };
  const stand: unknown = new Proxy(part, {
    // Promises, JSON and consoles look at these of whatever they are given.
    get: (_target, key) => (isLookedAtByAll(key) ? undefined : fail()),
    set: fail,
    has: fail,
    apply: fail,
    construct: fail,
    ownKeys: fail,
    deleteProperty: fail,
    defineProperty: fail,
    getPrototypeOf: fail,
    getOwnPropertyDescriptor: fail,
  });
  if (typeof stand === "function") missing.set(stand, path);
  return stand;
}

/** What can be called and made, so that doing so is heard of. */
function createPart(): () => void {
  return function part() {};
}

function isLookedAtByAll(key: string | symbol): boolean {
  if (key === Symbol.toPrimitive || key === Symbol.iterator || key === Symbol.asyncIterator) {
    return false;
  }
  return typeof key === "symbol" || key === "then" || key === "toJSON";
}

/** The member names of a JSON pointer. */
export function keysOf(path: string): string[] {
  return path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
