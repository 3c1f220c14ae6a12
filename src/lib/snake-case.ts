/** A name in camel case as providers' APIs have it: `maxTokens` is `max_tokens`. */
export function toSnakeCase(name: string): string {
  // Looking first is cheaper: most names have no capital.
  return /[A-Z]/.test(name)
    ? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : name;
}

/** The same of every name in JSON. */
export function snakeCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => snakeCased(each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [toSnakeCase(name), snakeCased(each)]),
  );
}
