const STRUCK = "[redacted]";

/** `password = "hunter22"`, `API_KEY: abcdef`, and the like: what stands behind a telling name. */
const NAMED =
  /((?:pass(?:word|wd|phrase)|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|credential)s?[\w-]*["']?\s*[:=]\s*["']?)(?!\[redacted\])[^\s"',;(){}<>]{6,}(?![\w(.])/gi;
/** Keys that are known by their form, and words in web tokens. */
const FORMED =
  /\b(?:sk-|gh[pousr]_|github_pat_|xox[abpr]-|AKIA|AIza|glpat-|eyJ[\w-]{10,}\.)[\w./+=-]{10,}/g;
/** A line of a key in a file of its own. */
const WHOLE = /^[A-Za-z0-9+/=]{60,}$/;

/** A line of somebody's text without what looks like a secret in it. */
export function strikeSecrets(line: string): string {
  if (WHOLE.test(line.trim())) return STRUCK;
  return line.replaceAll(NAMED, `$1${STRUCK}`).replaceAll(FORMED, STRUCK);
}
