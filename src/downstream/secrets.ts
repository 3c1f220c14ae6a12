import { isHttpSpec, type ServerSpec } from "./server-spec.ts";

const REDACTED = "[redacted]";
const SECRET_NAME =
  /key|token|secret|pass|auth|credential|cookie|session|signature|private|dsn|bearer|pin$/i;
const SHORTEST = 6;
const LONG_ENOUGH_TO_GUESS = 16;

/** Takes the secrets of a server's configuration out of a text that would be shown or kept. */
export type Redact = (text: string) => string;

/** Knows the secrets in a server's `env`, `headers`, arguments and address. */
export function createRedactor(spec: ServerSpec): Redact {
  const secrets = findSecrets(spec).flatMap((secret) => spellings(secret));
  const longestFirst = [...new Set(secrets)].toSorted((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const secret of longestFirst) clean = clean.replaceAll(secret, REDACTED);
    return clean;
  };
}

/** A value without the secrets in its texts, names of members included. */
export function redactValue<T>(redact: Redact, value: T): T {
  const text = JSON.stringify(value);
  return text === undefined || redact(text) === text ? value : (strike(redact, value) as T);
}

function strike(redact: Redact, value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map((each) => strike(redact, each));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, each]) => [redact(name), strike(redact, each)]);
  return Object.fromEntries(members);
}

function findSecrets(spec: ServerSpec): string[] {
  if (isHttpSpec(spec)) {
    const headers = Object.values(spec.headers ?? {});
    // Of `Bearer abc` the second word is the secret.
    const parts = headers.flatMap((value) => [value, ...value.split(/\s+/).slice(1)]);
    return [...parts.filter((part) => part.length >= SHORTEST), ...queryValues(spec.url)];
  }
  const fromEnv = Object.entries(spec.env ?? {}).filter(([name, value]) =>
    SECRET_NAME.test(name) ? value.length >= SHORTEST : looksSecret(value),
  );
  return [...fromEnv.map(([, value]) => value), ...argumentValues(spec.args ?? [])];
}

/** Values of options with a telling name, and whatever looks like a key. */
function argumentValues(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const [, name = "", value = ""] = /^-{0,2}([\w-]+)=(.*)$/s.exec(arg) ?? [];
    const before = args[index - 1] ?? "";
    const named = before.startsWith("-") && SECRET_NAME.test(before) && !arg.startsWith("-");
    if (SECRET_NAME.test(name) && value.length >= SHORTEST) return [value];
    if ((named && arg.length >= SHORTEST) || looksSecret(arg)) return [arg];
    return looksSecret(value) ? [value] : [];
  });
}

function queryValues(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const { searchParams, password } = new URL(url);
  const values = [...searchParams].filter(
    ([name, value]) => SECRET_NAME.test(name) || looksSecret(value),
  );
  return [...values.map(([, value]) => value), password].filter(({ length }) => length >= SHORTEST);
}

/** Long, without spaces, of letters and digits, and no path, address or package. */
function looksSecret(value: string): boolean {
  if (value.length < LONG_ENOUGH_TO_GUESS || /\s/.test(value)) return false;
  if (/^(\.{0,2}\/|~|[A-Za-z]:[\\/]|@|[a-z]+:\/\/)/.test(value) || value.includes("@"))
    return false;
  if (/\.\w{1,5}$/.test(value) || value.split("/").length > 3) return false;
  return /\d/.test(value) && /[A-Za-z]/.test(value);
}

function spellings(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
}
