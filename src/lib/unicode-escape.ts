/** A character as JSON and JavaScript write it too: `\u003c`; one beyond U+FFFF is two of them. */
export function unicodeEscape(character: string): string {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at))
    .map((unit) => String.raw`\u${unit.toString(16).padStart(4, "0")}`)
    .join("");
}
