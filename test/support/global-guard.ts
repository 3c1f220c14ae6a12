import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { findServers } from "../../src/cli/running-servers.ts";
import { assertNoCanaryBelow } from "./canaries.ts";
import { defaultStorePath } from "../../src/stores/default-path.ts";

/**
 * Keeps the suite away from the user's own state and settings: every process of it has a home of
 * its own, and none of the variables that would point it, or a model call, somewhere else.
 *
 * @throws Error at the end when the user's state directory was touched nonetheless
 */
export default function guardUserState(): () => void {
  const { env } = process;
  const home = homedir();
  const state = dirname(defaultStorePath({ platform: process.platform, env, home }));
  const before = lastChange(state);
  // What npm has fetched may be used again: it is no state of ours.
  env["npm_config_cache"] ??= join(home, ".npm");
  const suiteHome = mkdtempSync(join(tmpdir(), "holdpoint-suite-"));
  for (const name of ["HOME", "USERPROFILE", "LOCALAPPDATA"]) env[name] = suiteHome;
  env["XDG_STATE_HOME"] = join(suiteHome, "state");
  const postgres = mkdtempSync(join(tmpdir(), "holdpoint-postgres-"));
  chmodSync(postgres, 0o755);
  env["HOLDPOINT_TEST_POSTGRES"] = postgres;
  for (const name of Object.keys(env)) {
    // `HOLDPOINT_TEST_*` is of the suite itself: how thorough it is to be.
    if (/^(HOLDPOINT(?!_TEST_)|OPENAI)_/i.test(name)) delete env[name];
  }
  // Each program that a test starts reads all of the source: compiled once, it starts in half the time.
  env["NODE_COMPILE_CACHE"] = join(import.meta.dirname, "../../node_modules/.cache/compiled");
  return () => {
    stopServer(postgres);
    assertNoCanaryBelow(suiteHome);
    rmSync(suiteHome, { recursive: true, force: true });
    if (lastChange(state) === before) return;
    // A server that the user has running writes there too, and is none of ours.
    if (findServers(state).length > 0) {
      console.log(`A Holdpoint of yours is running: who wrote to ${state} is not looked at`);
      return;
    }
    throw new Error(`The tests touched the user's state directory: ${state}`);
  };
}

/** Ends the PostgreSQL that tests have started, if they have; `postgres.ts` has more of it. */
function stopServer(directory: string): void {
  try {
    const [pid] = readFileSync(join(directory, "server/data/postmaster.pid"), "utf8").split("\n");
    process.kill(Number(pid), "SIGQUIT");
  } catch {
    // None was needed.
  }
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
}

/** Milliseconds since 1970; `undefined` when there is no such directory. */
function lastChange(directory: string): number | undefined {
  return statSync(directory, { throwIfNoEntry: false })?.mtimeMs;
}
