/**
 * JSON from JSON with comments and commas after the last member: both become spaces, so that
 * positions stay.
 */
export function withoutComments(text: string): string {
  const parts =
    /"(?:[^"\\]|\\.)*"|\/\/[^\n\r]*|\/\*[\s\S]*?\*\/|,(?=(?:\s|\/\/[^\n\r]*|\/\*[\s\S]*?\*\/)*[\]}])/g;
  return text
    .replace(/^\u{feff}/u, " ")
    .replaceAll(parts, (part) => (part.startsWith('"') ? part : part.replaceAll(/[^\n\r]/g, " ")));
}
