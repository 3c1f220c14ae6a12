import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import * as z from "zod";

import { HoldpointError } from "../lib/errors.ts";
import { sha256Hex } from "../lib/digest.ts";
import { lazy } from "../lib/lazy.ts";
import { contains } from "../lib/paths.ts";
import { writePrivately } from "../lib/private-files.ts";
import { listInstructionFiles } from "./instruction-files.ts";
import { cannotRead } from "./problem.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const trustRecord = lazy(() =>
  z.object({
    version: z.literal(1),
    /** The configuration, by its real path. */
    path: z.string(),
    digest: z.string(),
    /** The instructions that lie in its folder, by their paths. */
    files: z.record(z.string(), z.string()),
  }),
);

type TrustRecord = z.infer<ReturnType<typeof trustRecord>>;

/** The text of a file; one that was trusted is read once, and what was read is what is used. */
export type ReadText = (path: string) => string;

/** A configuration as it was read for somebody to trust it. */
export interface Readable {
  /** Its real path. */
  readonly path: string;
  readonly text: string;
  /** Texts of the instructions in its folder, by their paths. */
  readonly files: ReadonlyMap<string, string>;
}

/** Reads a configuration and the instructions that lie in its folder. @throws HoldpointError `config_invalid` */
export function readForTrust(file: string, env: Environment): Readable {
  const path = realpathSync(file);
  const text = readText(path);
  const named = listInstructionFiles(text, { directory: dirname(path), env });
  const inside = named.filter((each) => isInside(each, dirname(path)));
  return { path, text, files: new Map(inside.map((each) => [each, readText(each)])) };
}

/** Trusts a configuration in these very words, for this user. */
export function recordTrust({ path, text, files }: Readable, stateDirectory: string): void {
  const digests = [...files].map(([each, content]) => [each, sha256Hex(content)]);
  const record = {
    version: 1,
    path,
    digest: sha256Hex(text),
    files: Object.fromEntries(digests) as TrustRecord["files"],
  } satisfies TrustRecord;
  const target = recordFile(path, stateDirectory);
  writePrivately(target, `${JSON.stringify(record)}\n`);
}

/**
 * What a trusted configuration is read with; `never` or `changed` where it is not trusted. Looks at
 * nothing of a file but its bytes.
 */
export function checkTrust(file: string, stateDirectory: string): ReadText | "never" | "changed" {
  const path = realpathSync(file);
  const record = readRecord(path, stateDirectory);
  if (record === undefined) return "never";
  const texts = new Map<string, string>();
  for (const [each, digest] of [[path, record.digest], ...Object.entries(record.files)] as const) {
    const text = tryRead(each);
    if (text === undefined || sha256Hex(text) !== digest) return "changed";
    texts.set(each, text);
  }
  return (wanted) => {
    const text = texts.get(wanted);
    if (text !== undefined) return text;
    if (!isInside(wanted, dirname(path))) return readText(wanted);
    throw new HoldpointError(
      "not_allowed",
      `Cannot read ${wanted}: it was not there when ${path} was trusted. Trust it again: holdpoint trust`,
    );
  };
}

/** By its name or by where it really is. */
function isInside(path: string, folder: string): boolean {
  return contains(folder, path) || contains(folder, tryRealPath(path));
}

function tryRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function readRecord(path: string, stateDirectory: string): TrustRecord | undefined {
  const text = tryRead(recordFile(path, stateDirectory));
  if (text === undefined) return undefined;
  try {
    const record = trustRecord().parse(JSON.parse(text));
    return record.path === path ? record : undefined;
  } catch {
    return undefined;
  }
}

function recordFile(path: string, stateDirectory: string): string {
  return join(stateDirectory, "trusted", `${sha256Hex(path).slice(0, 40)}.json`);
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw cannotRead(path, error);
  }
}

/** Who but this user could have written a file, in words; `undefined` where nobody could. */
export function describeOtherWriters(file: string): string | undefined {
  const { getuid, getgid } = process;
  if (getuid === undefined || getgid === undefined) return undefined;
  const { uid, gid, mode } = statSync(file);
  if (uid !== getuid()) return "it belongs to another user";
  if ((mode & 0o002) !== 0) return "everybody may write it (chmod go-w)";
  if ((mode & 0o020) !== 0 && gid !== getgid()) {
    return "a group that is not your own may write it (chmod g-w)";
  }
  return undefined;
}
