import { looksSecret, namesSecret } from "../lib/secret-words.ts";
import { environmentOf, isHttpSpec, type ServerSpec } from "./server-spec.ts";

const REDACTED = "[redacted]";
const SHORTEST = 6;

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
  const env = Object.entries(environmentOf(spec));
  const fromEnv = env.filter(([name, value]) =>
    namesSecret(name) ? value.length >= SHORTEST : looksSecret(value),
  );
  const args = spec.args ?? [];
  // Of `--db=postgres://...` the second part is the address.
  const values = [
    ...env.map(([, value]) => value),
    ...args.flatMap((arg) => [arg, afterName(arg)]),
  ];
  return [
    ...fromEnv.map(([, value]) => value),
    ...argumentValues(args),
    ...values.flatMap((value) => addressValues(value)),
  ];
}

/** Values of options with a telling name, and whatever looks like a key. */
function argumentValues(args: readonly string[]): string[] {
  return args.flatMap((arg, index) => {
    const [, name = "", value = ""] = /^-{0,2}([\w-]+)=(.*)$/s.exec(arg) ?? [];
    const before = args[index - 1] ?? "";
    const named = before.startsWith("-") && namesSecret(before) && !arg.startsWith("-");
    if (namesSecret(name) && value.length >= SHORTEST) return [value];
    if ((named && arg.length >= SHORTEST) || looksSecret(arg)) return [arg];
    return looksSecret(value) ? [value] : [];
  });
}

function afterName(arg: string): string {
  return /^-{0,2}[\w-]+=(.*)$/s.exec(arg)?.[1] ?? "";
}

/** What is secret in an address by its place: a password, or a user that looks like a key. */
function addressValues(text: string): string[] {
  if (!/^[a-z][a-z\d+.-]*:\/\//i.test(text) || !URL.canParse(text)) return [];
  const { username, password } = new URL(text);
  const given = password === "" && looksSecret(username) ? username : password;
  return [given, decoded(given)].filter(({ length }) => length >= SHORTEST);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function queryValues(url: string): string[] {
  if (!URL.canParse(url)) return [];
  const values = [...new URL(url).searchParams].filter(
    ([name, value]) => namesSecret(name) || looksSecret(value),
  );
  return [...values.map(([, value]) => value), ...addressValues(url)].filter(
    ({ length }) => length >= SHORTEST,
  );
}

function spellings(secret: string): string[] {
  return [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
}
