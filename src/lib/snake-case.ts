/** A name in camel case as providers' APIs have it: `maxTokens` is `max_tokens`. */
export function toSnakeCase(name: string): string {
  // Looking first is cheaper: most names have no capital.
  return /[A-Z]/.test(name)
    ? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    : name;
}
