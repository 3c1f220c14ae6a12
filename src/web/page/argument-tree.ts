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
  /** Members that were changed, by where they stand. */
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
    if (root === undefined || leaves.every((leaf) => !leaf.isChanged())) return undefined;
    return JSON.stringify(rebuilt(root.value, "", new Map(leaves.map((leaf) => [leaf.at, leaf]))));
  };
  const means = { leaves, onChange: () => onChange?.() };
  node.append(
    root === undefined
      ? longText(json)
      : valueNode(root.value, { at: "", depth: 0, schema }, means),
  );
  return {
    node,
    canEdit: root !== undefined && leaves.length > 0,
    edit(isOn) {
      for (const leaf of leaves) leaf.edit(isOn);
    },
    changes: () =>
      new Map(leaves.filter((leaf) => leaf.isChanged()).map((leaf) => [leaf.at, leaf.text()])),
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

function valueNode(value: Json, { at, depth, schema }: Place, means: Means): Node {
  if (typeof value !== "object" || value === null) {
    const leaf = createLeaf(value, { at, schema, onChange: means.onChange });
    means.leaves.push(leaf);
    return leaf.node;
  }
  if (depth >= DEEPEST) return longText(JSON.stringify(value, undefined, 2));
  if (Array.isArray(value)) {
    if (value.length === 0) return element("em", {}, "empty list");
    const items = value.map((item, index) =>
      element(
        "li",
        {},
        valueNode(
          item,
          { at: `${at}[${index}]`, depth: depth + 1, schema: part(schema, "items") },
          means,
        ),
      ),
    );
    return element("ol", {}, ...items);
  }
  const members = Object.entries(value);
  if (members.length === 0) return element("em", {}, "nothing");
  const rows = members.flatMap(([name, member]) => {
    const place = {
      at: at === "" ? name : `${at}.${name}`,
      depth: depth + 1,
      schema: part(part(schema, "properties"), name),
    };
    return [
      element("dt", {}, name, element("small", {}, typeWord(member))),
      element("dd", {}, valueNode(member, place, means)),
    ];
  });
  return element("dl", {}, ...rows);
}

function part(schema: unknown, name: string): unknown {
  if (typeof schema !== "object" || schema === null || !Object.hasOwn(schema, name))
    return undefined;
  return (schema as Record<string, unknown>)[name];
}

/** The value with what was typed in place of its leaves. */
function rebuilt(value: Json, at: string, leaves: ReadonlyMap<string, Leaf>): Json {
  if (Array.isArray(value)) {
    return value.map((item, index) => rebuilt(item, `${at}[${index}]`, leaves));
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, member]): [string, Json] => [
      name,
      rebuilt(member, at === "" ? name : `${at}.${name}`, leaves),
    ]);
    return Object.fromEntries(members);
  }
  return leaves.get(at)?.value() ?? value;
}
