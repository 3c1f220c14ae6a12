import { isDeepStrictEqual } from "node:util";

import { parse } from "smol-toml";

import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";

const HEADER = /^[ \t]*\[\[?([^\]]*)\]\]?/;

/** The tables of servers in Codex's file. @throws Error where it is no TOML */
export function parseServers(text: string, key: string): JsonObject {
  const servers = (parse(text) as JsonObject)[key];
  return isJsonObject(servers) ? servers : {};
}

/**
 * The text with one table in the place of some servers'; every other letter stays. `undefined` where
 * they are not written as tables of their own, so that lines cannot be exchanged.
 */
export function replaceTables(
  text: string,
  { key, moved, entry }: { key: string; moved: readonly string[]; entry: JsonObject },
): { text: string; put: string; taken: string } | undefined {
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const put = toTable(`${key}.holdpoint`, entry).join(eol);
  const kept: string[] = [];
  const taken: string[] = [];
  for (const group of groupsOf(blocksOf(text, eol), { key, moved })) {
    const length = group.isMoved ? lengthOfTable(group.lines) : 0;
    if (group.isMoved && taken.length === 0) kept.push(put);
    taken.push(...group.lines.slice(0, length));
    kept.push(...group.lines.slice(length));
  }
  const after = kept.join(eol);
  if (taken.length === 0 || !isSound(text, after, { key, moved, entry })) return undefined;
  return { text: after, put, taken: taken.join(eol) };
}

/** The new text says what the old one said, but for the servers. */
function isSound(
  before: string,
  after: string,
  { key, moved, entry }: { key: string; moved: readonly string[]; entry: JsonObject },
): boolean {
  try {
    const expected = parse(before) as JsonObject;
    const left = Object.entries(parseServers(before, key)).filter(
      ([name]) => !moved.includes(name),
    );
    const wanted = { ...expected, [key]: { ...Object.fromEntries(left), holdpoint: entry } };
    return isDeepStrictEqual(plain(parse(after) as JsonObject), plain(wanted));
  } catch {
    return false;
  }
}

function plain(value: JsonObject): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Lines from one header to the next, the first without one. */
function blocksOf(text: string, eol: string): { name: string[]; lines: string[] }[] {
  const blocks: { name: string[]; lines: string[] }[] = [{ name: [], lines: [] }];
  for (const line of text.split(eol)) {
    const header = HEADER.exec(line)?.[1];
    if (header !== undefined) blocks.push({ name: segments(header), lines: [] });
    blocks.at(-1)?.lines.push(line);
  }
  return blocks;
}

/** Neighbours that move are one, with what stands between them. */
function groupsOf(
  blocks: readonly { name: string[]; lines: string[] }[],
  { key, moved }: { key: string; moved: readonly string[] },
): { isMoved: boolean; lines: string[] }[] {
  const groups: { isMoved: boolean; lines: string[] }[] = [];
  for (const { name, lines } of blocks) {
    const [root, server = ""] = name;
    const isMoved = root === key && moved.includes(server);
    const last = groups.at(-1);
    if (last?.isMoved === isMoved) last.lines.push(...lines);
    else groups.push({ isMoved, lines: [...lines] });
  }
  return groups;
}

function segments(header: string): string[] {
  return [...header.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}

/** Without the empty lines and comments before what comes next. */
function lengthOfTable(lines: readonly string[]): number {
  let length = lines.length;
  while (length > 1 && /^\s*(#.*)?$/.test(lines[length - 1] ?? "")) length -= 1;
  return length;
}

function toTable(name: string, entry: JsonObject): string[] {
  const own = Object.entries(entry).filter(([, value]) => !isJsonObject(value));
  const inner = Object.entries(entry).filter(([, value]) => isJsonObject(value));
  return [
    `[${name}]`,
    ...own.map(([key, value]) => `${key} = ${toToml(value)}`),
    ...inner.flatMap(([key, value]) => [
      "",
      ...toTable(`${name}.${key}`, isJsonObject(value) ? value : {}),
    ]),
  ];
}

/** Texts and lists of texts are written in TOML as they are in JSON. */
function toToml(value: JsonValue): string {
  return Array.isArray(value)
    ? `[${value.map((each) => toToml(each)).join(", ")}]`
    : JSON.stringify(value);
}
