/** What is made when it is first asked for, and once: an import of the library shall not wait for it. */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
