const COMMENTS = /"(?:[^"\\]|\\.)*"|\/\/[^\n\r]*|\/\*[\s\S]*?\*\//g;
const LAST_COMMAS = /"(?:[^"\\]|\\.)*"|,(?=\s*[\]}])/g;

/**
 * JSON from JSON with comments and commas after the last member: both become spaces, so that
 * positions stay.
 */
export function withoutComments(text: string): string {
  return blank(blank(text.replace(/^\u{feff}/u, " "), COMMENTS), LAST_COMMAS);
}

/** Puts spaces in the place of what matches, strings left as they are. */
function blank(text: string, parts: RegExp): string {
  return text.replaceAll(parts, (part) =>
    part.startsWith('"') ? part : part.replaceAll(/[^\n\r]/g, " "),
  );
}
