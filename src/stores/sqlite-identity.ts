import type { SealKey } from "../lib/digest.ts";
import { randomUUID } from "node:crypto";

import { parseFirst, parseText, type Row } from "../lib/rows.ts";
import { sealOfName } from "../sqlite/commit-chain.ts";
import type { Prepare } from "../sqlite/connection.ts";

/** What a store is called, and who said so. */
export interface Identity {
  readonly storeId: string;
  /** Absent where nobody sealed it yet. */
  readonly keyId: string | undefined;
  readonly mac: string | undefined;
}

const statements = {
  find: "SELECT store_id, key_id, mac FROM identity",
  seal: "UPDATE identity SET key_id = $keyId, mac = $mac WHERE store_id = $storeId AND key_id IS NULL",
  add: "INSERT INTO identity (store_id) SELECT $storeId WHERE NOT EXISTS (SELECT 1 FROM identity)",
  ofKey: "SELECT 1 FROM commits WHERE key_id = ? LIMIT 1",
} as const;

/** `undefined` where somebody took it out. */
export function findIdentity(prepare: Prepare): Identity | undefined {
  return parseFirst(prepare(statements.find).get(), (row) => ({
    storeId: parseText(row, "store_id"),
    keyId: textOf(row, "key_id"),
    mac: textOf(row, "mac"),
  }));
}

function textOf(row: Row, name: string): string | undefined {
  return row[name] === null ? undefined : parseText(row, name);
}

/** Names a store that has no name. */
export function addIdentity(prepare: Prepare): Identity {
  prepare(statements.add).run({ $storeId: randomUUID() });
  return findIdentity(prepare) ?? { storeId: "", keyId: undefined, mac: undefined };
}

/** Whether a store is called what a process with this key called it. */
export function isNamedBy({ storeId, mac, keyId }: Identity, key: SealKey): boolean {
  return keyId === key.id && mac === sealOfName(storeId, key);
}

/** Says for good what a store is called, where nobody has yet. */
export function sealIdentity(prepare: Prepare, storeId: string, key: SealKey): void {
  const mac = sealOfName(storeId, key);
  prepare(statements.seal).run({ $storeId: storeId, $keyId: key.id, $mac: mac });
}

/** Whether processes with this key wrote to the store. */
export function wasWrittenWith(prepare: Prepare, key: SealKey): boolean {
  return prepare(statements.ofKey).get(key.id) !== undefined;
}
