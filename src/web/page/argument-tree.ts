import { element } from "./dom.ts";
import { createLeaf, typeWord, type Leaf } from "./argument-leaf.ts";
import { longText } from "./long-text.ts";

/** How deep a tree goes; what is deeper is shown as JSON. */
const DEEPEST = 12;

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Arguments as a tree with types, which can be changed where they stand. */
export interface ArgumentTree {
  readonly node: HTMLElement;
  /** Whether its values can be edited here: not where they are no JSON. */
  readonly canEdit: boolean;
  /** Makes its values fields, or texts again with what they were. */
  edit(isOn: boolean): void;
  /** Values that were changed, as texts, by where they stand. */
  changes(): ReadonlyMap<string, string>;
  /** What is wrong with what was typed, naming the member; empty where nothing is. */
  problem(): string;
  /** The changed JSON text; `undefined` where nothing was changed. */
  changed(): string | undefined;
  focus(): void;
}

/** @param onChange told after each key */
export function createArgumentTree(
  json: string,
  { schema, onChange }: { schema?: unknown; onChange?: (() => void) | undefined } = {},
): ArgumentTree {
  const root = parse(json);
  const leaves: Leaf[] = [];
  const node = element("div", { class: "arguments" });
  const changedText = (): string | undefined => {
    if (tree === undefined || leaves.every((leaf) => !leaf.isChanged())) return undefined;
    return JSON.stringify(tree.read());
  };
  const means = { leaves, onChange: () => onChange?.() };
  const tree =
    root === undefined ? undefined : grow(root.value, { at: "", depth: 0, schema }, means);
  node.append(tree?.node ?? longText(json));
  return {
    node,
    canEdit: root !== undefined && leaves.length > 0,
    edit(isOn) {
      for (const leaf of leaves) leaf.edit(isOn);
    },
    changes: () =>
      new Map(
        leaves.filter((leaf) => leaf.isChanged()).map((leaf) => [leaf.at, String(leaf.value())]),
      ),
    problem: () => leaves.map((leaf) => leaf.problem()).find((each) => each !== "") ?? "",
    changed: changedText,
    focus: () => leaves[0]?.focus(),
  };
}

function parse(json: string): { value: Json } | undefined {
  try {
    return { value: JSON.parse(json) as Json };
  } catch {
    return undefined;
  }
}

interface Place {
  at: string;
  depth: number;
  schema: unknown;
}

interface Means {
  leaves: Leaf[];
  onChange: () => void;
}

/** A value as it is shown, and as it is with what was typed: each leaf is read where it stands. */
interface Grown {
  node: Node;
  read(): Json;
}

function grow(value: Json, place: Place, means: Means): Grown {
  const { at, depth, schema } = place;
  if (typeof value !== "object" || value === null) {
    const leaf = createLeaf(value, { at, schema, onChange: means.onChange });
    means.leaves.push(leaf);
    return { node: leaf.node, read: () => leaf.value() };
  }
  if (depth >= DEEPEST) {
    return { node: longText(JSON.stringify(value, undefined, 2)), read: () => value };
  }
  return Array.isArray(value) ? growList(value, place, means) : growObject(value, place, means);
}

function growList(value: readonly Json[], { at, depth, schema }: Place, means: Means): Grown {
  const items = value.map((item, index) => {
    const place = { at: `${at}[${index}]`, depth: depth + 1, schema: part(schema, "items") };
    return grow(item, place, means);
  });
  const node =
    items.length === 0
      ? element("em", {}, "empty list")
      : element("ol", {}, ...items.map((item) => element("li", {}, item.node)));
  return { node, read: () => items.map((item) => item.read()) };
}

function growObject(
  value: { [name: string]: Json },
  { at, depth, schema }: Place,
  means: Means,
): Grown {
  const members = Object.entries(value).map(([name, member]): [string, Json, Grown] => {
    const place = {
      at: at === "" ? name : `${at}.${name}`,
      depth: depth + 1,
      schema: part(part(schema, "properties"), name),
    };
    return [name, member, grow(member, place, means)];
  });
  const rows = members.flatMap(([name, member, grown]) => [
    element("dt", {}, name, element("small", {}, typeWord(member))),
    element("dd", {}, grown.node),
  ]);
  return {
    node: rows.length === 0 ? element("em", {}, "nothing") : element("dl", {}, ...rows),
    read: () => Object.fromEntries(members.map(([name, , grown]) => [name, grown.read()])),
  };
}

function part(schema: unknown, name: string): unknown {
  if (typeof schema !== "object" || schema === null || !Object.hasOwn(schema, name))
    return undefined;
  return (schema as Record<string, unknown>)[name];
}
