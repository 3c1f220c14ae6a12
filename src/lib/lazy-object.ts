import { lazy } from "./lazy.ts";

/** Stands for an object that is made when something of it is first looked at. */
export function lazyObject<T extends object>(make: () => T): T {
  const made = lazy(make);
  const stand: Partial<T> = {};
  return new Proxy(stand, {
    get: (_stand, key) => Reflect.get(made(), key),
    has: (_stand, key) => Reflect.has(made(), key),
  }) as T;
}
