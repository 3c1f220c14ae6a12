import type { DatabaseSync } from "node:sqlite";

import { HoldpointError } from "../lib/errors.ts";
import { addCommitTables } from "./commit-chain.ts";
import { TAKEN_OVER } from "./guard-text.ts";

/** "Hold" in ASCII: marks a file as ours, so that no other program's file gets our tables. */
export const APPLICATION_ID = 0x48_6f_6c_64;

/**
 * One step each from a schema version to the next; the version is `PRAGMA user_version`. A step
 * that was released is never edited.
 */
const migrations: readonly ((database: DatabaseSync) => void)[] = [
  createRunTables,
  createSessionTables,
  extendRunTables,
  createIntentTable,
  addCommitTables,
  createPastTable,
  createGrantTable,
  sealGrants,
  sealIdentity,
];

export const newestSchemaVersion = migrations.length;

/**
 * The schema version of a file, 0 when it is new. Changes nothing; to be called in a transaction,
 * so that what it reads belongs together.
 *
 * @throws HoldpointError `state_incompatible` when the file is another program's, or of a newer
 * version of this one.
 */
export function readSchemaVersion(database: DatabaseSync, path: string): number {
  const version = readNumber(database, "SELECT user_version AS value FROM pragma_user_version");
  const owner = readNumber(database, "SELECT application_id AS value FROM pragma_application_id");
  const objects = readNumber(database, "SELECT count(*) AS value FROM sqlite_schema");
  const isNew = version === 0 && owner === 0 && objects === 0;
  if (owner !== APPLICATION_ID && !isNew) {
    throw incompatible(path, "it belongs to another program. Use another path");
  }
  if (version > newestSchemaVersion) {
    const found = `its schema version is ${version}, and this program knows up to`;
    throw incompatible(
      path,
      `${found} ${newestSchemaVersion}. Update holdpoint, or use another path`,
    );
  }
  return version;
}

/**
 * Brings the file to the newest schema, or to an older one, by as many steps as it still lacks; to
 * be called in a transaction that may write.
 */
export function migrateSchema(
  database: DatabaseSync,
  path: string,
  to = newestSchemaVersion,
): void {
  const version = readSchemaVersion(database, path);
  for (const migrate of migrations.slice(version, to)) migrate(database);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  database.exec(`PRAGMA user_version = ${to}`);
}

function readNumber(database: DatabaseSync, query: string): number {
  return Number(database.prepare(query).get()?.["value"]);
}

function incompatible(path: string, reason: string): HoldpointError {
  return new HoldpointError("state_incompatible", `Cannot use the store "${path}": ${reason}`);
}

// `entries` keeps its rowid: its rows are large, and a table without one keeps whole rows in the
// inner nodes of its tree.
function createRunTables(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE runs (
      run_id TEXT PRIMARY KEY,
      length INTEGER NOT NULL,
      agent TEXT NOT NULL,
      source TEXT NOT NULL,
      status TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      session_id TEXT,
      idempotency_key TEXT,
      request_digest TEXT,
      runnable INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX runs_newest ON runs (created_at, run_id);
    CREATE INDEX runs_by_status ON runs (status, created_at, run_id);
    CREATE INDEX runs_by_agent ON runs (agent, created_at, run_id);
    CREATE INDEX runs_by_session ON runs (session_id, created_at, run_id)
      WHERE session_id IS NOT NULL;
    CREATE INDEX runs_runnable ON runs (source, created_at, run_id) WHERE runnable = 1;
    CREATE UNIQUE INDEX runs_idempotency_key ON runs (idempotency_key)
      WHERE idempotency_key IS NOT NULL;
    CREATE UNIQUE INDEX runs_unfinished ON runs (session_id)
      WHERE session_id IS NOT NULL AND status IN ('running', 'awaiting_approval');

    CREATE TABLE entries (
      run_id TEXT NOT NULL,
      seq INTEGER NOT NULL,
      line TEXT NOT NULL,
      PRIMARY KEY (run_id, seq)
    ) STRICT;

    CREATE TABLE approvals (
      approval_id TEXT PRIMARY KEY,
      run_id TEXT NOT NULL,
      created_at TEXT NOT NULL,
      is_open INTEGER NOT NULL,
      expires_at TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX approvals_open ON approvals (created_at, approval_id, run_id, expires_at)
      WHERE is_open = 1;
    CREATE INDEX approvals_open_by_run ON approvals (run_id, created_at, approval_id, expires_at)
      WHERE is_open = 1;
    CREATE INDEX approvals_due ON approvals (expires_at)
      WHERE is_open = 1 AND expires_at IS NOT NULL;
    CREATE INDEX approvals_by_run ON approvals (run_id);

    CREATE TABLE leases (
      run_id TEXT PRIMARY KEY,
      owner TEXT NOT NULL,
      pid INTEGER NOT NULL,
      host TEXT NOT NULL,
      expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
  `);
}

// `session_runs` says how far each run has written, also once its items were taken out again.
function createSessionTables(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE session_items (
      session_id TEXT NOT NULL,
      number INTEGER NOT NULL,
      item TEXT NOT NULL,
      PRIMARY KEY (session_id, number)
    ) STRICT;
    CREATE TABLE session_runs (
      session_id TEXT NOT NULL,
      run_id TEXT NOT NULL,
      written INTEGER NOT NULL,
      PRIMARY KEY (session_id, run_id)
    ) STRICT, WITHOUT ROWID;
  `);
}

/**
 * New columns beside the old ones. A process of the version before that still has the file open
 * fills none of them, and its writes fail before they change anything. Not by a constraint: such a
 * failure it takes for a conflict, and tries again for ever. An error of a function is none. It
 * finds nothing to go on with either: what is runnable is 2 from now on, and it looks for 1.
 */
function extendRunTables(database: DatabaseSync): void {
  database.exec(`
    ALTER TABLE runs ADD COLUMN is_over INTEGER NOT NULL DEFAULT 0;
    UPDATE runs SET is_over = 1 WHERE status IN ('completed', 'cancelled')
      OR (status = 'failed' AND EXISTS (
        SELECT 1 FROM entries WHERE entries.run_id = runs.run_id AND CASE WHEN json_valid(line)
          THEN line ->> '$.type' = 'run_failed' AND line -> '$.path' IS NULL END));
    CREATE INDEX runs_over ON runs (updated_at, run_id) WHERE is_over = 1;

    DROP INDEX runs_runnable;
    UPDATE runs SET runnable = 2 WHERE runnable = 1;
    CREATE INDEX runs_runnable ON runs (source, created_at, run_id) WHERE runnable = 2;

    ALTER TABLE approvals ADD COLUMN card TEXT;
    ALTER TABLE approvals ADD COLUMN due_at INTEGER;
    UPDATE approvals SET due_at = round(unixepoch(expires_at, 'subsec') * 1000)
      WHERE is_open = 1 AND expires_at IS NOT NULL;
    DROP INDEX approvals_due;
    CREATE INDEX approvals_due ON approvals (due_at) WHERE is_open = 1 AND due_at IS NOT NULL;

    ALTER TABLE leases ADD COLUMN instance TEXT;

    ALTER TABLE entries ADD COLUMN guard INTEGER;
    CREATE TRIGGER entries_guard BEFORE INSERT ON entries WHEN new.guard IS NULL
      BEGIN SELECT json_extract('null', '${TAKEN_OVER}'); END;
    CREATE TRIGGER leases_guard BEFORE INSERT ON leases WHEN new.instance IS NULL
      BEGIN SELECT json_extract('null', '${TAKEN_OVER}'); END;
  `);
}

function createIntentTable(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE intents (
      run_id TEXT PRIMARY KEY,
      key TEXT NOT NULL,
      place INTEGER NOT NULL,
      is_current INTEGER NOT NULL,
      number INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX intents_current ON intents (key, place) WHERE is_current = 1;
    CREATE UNIQUE INDEX intents_by_key ON intents (key, number);
  `);
}

// Outlives the runs: it says what is usual, and holds no value of any call.
function createPastTable(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE past_calls (
      tool TEXT NOT NULL,
      feature TEXT NOT NULL,
      count INTEGER NOT NULL,
      kinds INTEGER NOT NULL,
      last_at TEXT NOT NULL,
      low REAL,
      high REAL,
      PRIMARY KEY (tool, feature)
    ) STRICT, WITHOUT ROWID;
  `);
}

// Each change of a grant is a commit from now on. What was given before has none, and is given anew.
function sealGrants(database: DatabaseSync): void {
  database.exec(`
    CREATE INDEX commits_of_grants ON commits (run_id, number) WHERE kind = 'grant';
    UPDATE grants SET ended_at = strftime('%Y-%m-%dT%H:%M:%fZ'), ended_by = 'the update of the store'
      WHERE ended_at IS NULL;
  `);
}

// Outlives the runs, too: it is about calls that come later.
function createGrantTable(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE grants (
      grant_id TEXT PRIMARY KEY,
      tool TEXT NOT NULL,
      terms TEXT NOT NULL,
      created_at TEXT NOT NULL,
      ends_at INTEGER NOT NULL,
      most_uses INTEGER,
      uses INTEGER NOT NULL,
      ended_at TEXT,
      ended_by TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX grants_newest ON grants (created_at, grant_id);
    CREATE INDEX grants_standing ON grants (tool) WHERE ended_at IS NULL;
  `);
}

// No commit has the name of the store: who gives it another one has no right seal for that.
function sealIdentity(database: DatabaseSync): void {
  database.exec(`
    ALTER TABLE identity ADD COLUMN key_id TEXT;
    ALTER TABLE identity ADD COLUMN mac TEXT;
  `);
}
