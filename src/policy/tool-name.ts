import { sha256Hex } from "../lib/digest.ts";

/** What model APIs take as a name: `^[a-zA-Z0-9_-]{1,64}$`. */
const LONGEST = 64;
const HASH_DIGITS = 8;
const MAX_PREFIX = 32;
/** Names in which the two underscores between server and tool are the only ones in a row. */
const PLAIN = /^[a-zA-Z0-9-]+(_[a-zA-Z0-9-]+)*$/;

/**
 * The name under which a model knows tool `tool` of server `server`: `server__tool`, or, where that
 * would be too long or could mean another one, as much of it as fits and a hash of both. It depends
 * on the two alone, not on what else there is.
 */
export function toModelName(server: string, tool: string): string {
  const name = `${modelNamePrefix(server)}${clean(tool)}`;
  if (PLAIN.test(server) && PLAIN.test(tool) && name.length <= LONGEST) {
    if (server.length <= MAX_PREFIX) return name;
  }
  const hash = sha256Hex(JSON.stringify([server, tool])).slice(0, HASH_DIGITS);
  return `${name.slice(0, LONGEST - HASH_DIGITS - 1)}_${hash}`;
}

/** What all names of a server's tools begin with. */
export function modelNamePrefix(server: string): string {
  return `${clean(server).slice(0, MAX_PREFIX)}__`;
}

function clean(text: string): string {
  return text.replaceAll(/[^a-zA-Z0-9_-]/g, "_");
}
