const mask = "[redacted]";
const maxRead = 2_000;
const maxShown = 500;
/** A shared run of this many characters is taken for a quotation. */
const quoteLength = 12;
/** How far into a long text, such as an image's, quotations are looked for. */
const maxQuoted = 50_000;

const keyPatterns = [
  /\bsk-[\w*.-]+/g,
  /\bBearer\s+[^\s"',]+/gi,
  // What providers print of a key that they half hide themselves.
  /[\w-]*\*{3,}[\w*-]*/g,
];

/**
 * `text` without the given secrets, without quotations of 12 and more characters from them, and
 * without anything that looks like an API key; at most 500 characters.
 */
export function redact(text: string, secrets: readonly string[]): string {
  let safe = text.slice(0, maxRead);
  const known = secrets.filter((secret) => secret.length >= 4).toSorted(byLengthDescending);
  for (const secret of known) safe = safe.replaceAll(secret, mask);
  for (const pattern of keyPatterns) safe = safe.replace(pattern, mask);
  const quotable = known.filter((secret) => secret.length >= quoteLength);
  safe = maskQuotations(safe, quotable.map((secret) => secret.slice(0, maxQuoted)).join("\n"));
  return safe.length > maxShown ? `${safe.slice(0, maxShown - 1)}…` : safe;
}

function byLengthDescending(left: string, right: string): number {
  return right.length - left.length;
}

/** Greedy from the left: a quotation is extended as long as the source goes on the same way. */
function maskQuotations(text: string, source: string): string {
  if (source === "") return text;
  let safe = "";
  let at = 0;
  while (at < text.length) {
    let end = at + quoteLength;
    if (end > text.length || !source.includes(text.slice(at, end))) {
      safe += text[at];
      at += 1;
      continue;
    }
    while (end < text.length && source.includes(text.slice(at, end + 1))) end += 1;
    safe += mask;
    at = end;
  }
  return safe;
}

/** Fields that name or number things; their texts are the API's words, not the user's. */
const structural = new Set([
  "type",
  "role",
  "status",
  "id",
  "callId",
  "name",
  "detail",
  "namespace",
  "phase",
]);

/** Every text in `value` that is content rather than structure, for `redact`. */
export function contentTexts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap((item) => contentTexts(item));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    structural.has(key) ? [] : contentTexts(item),
  );
}
