/**
 * A process of its own that writes to a store file, for tests:
 *
 * - `flood <path>`: writes without pause until it is killed; each of its transactions counts itself.
 *   Says "ready" once it has begun.
 * - `drip <path> <count>`: makes `count` writes, one after the other, and says by how many
 *   transactions of the flood each was overtaken: a JSON list.
 */
import { stdout } from "node:process";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

import { openSqliteConnection, type Prepare } from "../../src/sqlite/connection.ts";

const add = "INSERT INTO session_items (session_id, number, item) VALUES (?, ?, '')";
const count = `
  INSERT INTO session_runs (session_id, run_id, written) VALUES ('flood', '', 1)
  ON CONFLICT DO UPDATE SET written = written + 1`;
const counted = "SELECT written FROM session_runs WHERE session_id = 'flood'";

function countTransactions(): void {
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (text) {
    if (text === "COMMIT") exec.call(this, count);
    exec.call(this, text);
  };
}

function readCount(prepare: Prepare): number {
  return Number(prepare(counted).get()?.["written"] ?? 0);
}

async function flood(path: string): Promise<void> {
  countTransactions();
  const connection = await openSqliteConnection({ path });
  let number = 0;
  const writer = async (): Promise<never> => {
    for (;;) {
      number += 1;
      const own = number;
      await connection.write((prepare) => prepare(add).run("flood", own));
      if (own === 1) stdout.write("ready\n");
    }
  };
  await Promise.all(Array.from({ length: 200 }, writer));
}

async function drip(path: string, times: number): Promise<void> {
  const connection = await openSqliteConnection({ path });
  const overtaken: number[] = [];
  for (let number = 0; number < times; number += 1) {
    // At any moment of the flood's.
    await delay((number * 7) % 23);
    const before = await connection.read(readCount);
    const after = await connection.write((prepare) => {
      prepare(add).run(`drip ${process.pid}`, number);
      return readCount(prepare);
    });
    overtaken.push(after - before);
  }
  connection.close();
  stdout.write(`${JSON.stringify(overtaken)}\n`);
}

const [command, path = "", times] = process.argv.slice(2);
await (command === "flood" ? flood(path) : drip(path, Number(times)));
