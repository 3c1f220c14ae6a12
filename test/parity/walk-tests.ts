import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parseAst } from "vitest/node";

import { childrenOf, isNode, textOf, titleOf, type Node } from "./walk-nodes.ts";

/** A test by its title, and what is used in it and in the functions of its file that it uses. */
export interface KnownTest {
  /** `file > title`; of a program that is only compiled its file. */
  readonly name: string;
  /** Whether it runs one program on both libraries. */
  readonly isOnBoth: boolean;
  /** Whether it is compiled and not run. */
  readonly isTyped: boolean;
  /** Names of variables and types. */
  readonly words: ReadonlySet<string>;
  /**
   * Names of members (read, given, or spelled in a list of names), and by each what it was given to:
   * the name of a function of `makers`, else empty.
   */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
}

/** What is given to these in an object is theirs and no other's. */
const makers = new Set(["Agent", "create", "clone", "tool", "Runner", "run", "asTool", "handoff"]);

const folder = join(import.meta.dirname, "..");

/** The tests below `test/`, by what their rows in a table call them. */
export function knownTests(): Map<string, KnownTest> {
  const files = globSync("**/*.test.ts", { cwd: folder });
  const tests = files.flatMap((file) => testsIn(file.replaceAll("\\", "/")));
  const typed = globSync("parity/typed/*.ts", { cwd: folder }).map((file): KnownTest => {
    const found = createFinder(true);
    found.add(parse(file));
    return { ...found, name: file.replaceAll("\\", "/"), isOnBoth: false, isTyped: true };
  });
  return new Map([...tests, ...typed].map((test) => [test.name, test]));
}

/** What the method of the kit with this name reads of what it is given. */
export function membersRead(method: string): ReadonlyMap<string, unknown> {
  const declared = [parse("parity/kit.ts"), parse("parity/transcript.ts")].flatMap((file) => [
    ...declarationsIn(file),
  ]);
  const found = createFinder(false, new Map(declared), true);
  for (const [, node] of declared.filter(([name]) => name === "createKit")) {
    for (const part of partsNamed(node, method)) found.add(part);
  }
  return found.members;
}

function* partsNamed(node: Node, name: string): Generator<Node> {
  if (node.type === "Property" && nameOf(node["key"]) === name) yield node["value"] as Node;
  for (const child of childrenOf(node)) yield* partsNamed(child, name);
}

function testsIn(file: string): KnownTest[] {
  const source = readFileSync(join(folder, file), "utf8");
  const program = parse(file);
  // What programs share; what the kit does is its own.
  const pieces = file.startsWith("parity/") ? declarationsIn(parse("parity/pieces.ts")) : [];
  const declared = new Map([...pieces, ...declarationsIn(program)]);
  return [...callsIn(program)].flatMap((test) => {
    const [title, ...rest] = test["arguments"] as Node[];
    const called = rootOf(test["callee"] as Node);
    const text = titleOf(title, source);
    if (!["parity", "it", "test"].includes(called) || text === undefined) return [];
    const found = createFinder(false, declared);
    for (const node of [test["callee"] as Node, ...rest]) found.add(node);
    const { words } = found;
    const isOnBoth =
      called === "parity" || words.has("play") || (words.has("original") && words.has("ours"));
    return [{ ...found, name: `${file} > ${text}`, isOnBoth, isTyped: false }];
  });
}

function parse(file: string): Node {
  return parseAst(readFileSync(join(folder, file), "utf8"), { lang: "ts" }) as unknown as Node;
}

function* callsIn(node: Node): Generator<Node> {
  if (node.type === "CallExpression") yield node;
  for (const child of childrenOf(node)) yield* callsIn(child);
}

/** The first name of `it.each(rows)`. */
function rootOf(node: Node): string {
  const inner = node["object"] ?? node["callee"];
  return isNode(inner) ? rootOf(inner) : (nameOf(node) ?? "");
}

function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  return typeof node["name"] === "string" ? node["name"] : textOf(node);
}

/** Functions, variables and loops' variables, wherever they stand outside of a test. */
function* declarationsIn(node: Node): Generator<[name: string, node: Node]> {
  if (node.type === "CallExpression" && ["parity", "it"].includes(rootOf(node))) return;
  if (node.type === "FunctionDeclaration" || node.type === "ClassDeclaration")
    yield [nameOf(node["id"]) ?? "", node];
  if (node.type === "VariableDeclarator" && isNode(node["init"]))
    for (const name of namesIn(node["id"] as Node)) yield [name, node["init"]];
  if (node.type === "ForOfStatement")
    for (const name of namesIn(node["left"] as Node)) yield [name, node["right"] as Node];
  for (const child of childrenOf(node)) yield* declarationsIn(child);
}

function* namesIn(pattern: Node): Generator<string> {
  if (pattern.type === "Identifier") yield nameOf(pattern) ?? "";
  for (const child of childrenOf(pattern)) yield* namesIn(child);
}

interface Finder {
  add(node: Node): void;
  readonly words: Set<string>;
  readonly members: Map<string, Set<string>>;
}

const TELLS = new Set(["on", "once", "off", "emit"]);

/** Of what is run, types and words in texts do not count. */
function createFinder(
  isTyped: boolean,
  declared = new Map<string, Node>(),
  onlyReads = false,
): Finder {
  const words = new Set<string>();
  const members = new Map<string, Set<string>>();
  const owners = new Map<unknown, string>();
  const seen = new Set<Node>();

  function member(node: unknown, owner = ""): void {
    const name = nameOf(node);
    if (name !== undefined) members.set(name, (members.get(name) ?? new Set()).add(owner));
  }

  function add(node: Node, parent?: Node): void {
    if (seen.has(node)) return;
    seen.add(node);
    if (!isTyped && node.type.startsWith("TSType")) return;
    if (node.type === "MemberExpression") member(node["property"]);
    if (isKeyed(node) && !(onlyReads && parent?.type === "ObjectExpression"))
      member(node["key"], owners.get(parent));
    if (node.type === "CallExpression" || node.type === "NewExpression") own(node);
    if (node.type === "TSIndexedAccessType") member((node["indexType"] as Node)["literal"]);
    if (node.type === "ArrayExpression") (node["elements"] as Node[]).forEach(spelled);
    if (
      node.type === "CallExpression" &&
      TELLS.has(nameOf((node["callee"] as Node)["property"]) ?? "")
    )
      (node["arguments"] as Node[]).slice(0, 1).forEach(spelled);
    if (node.type === "Identifier") word(nameOf(node) ?? "", node, parent);
    for (const child of childrenOf(node)) add(child, node);
  }

  function own(call: Node): void {
    const callee = call["callee"] as Node;
    const name = nameOf(callee["property"] ?? callee) ?? "";
    if (makers.has(name)) for (const node of call["arguments"] as Node[]) owners.set(node, name);
  }

  function spelled(node: Node | null): void {
    if (isNode(node) && node.type === "Literal") {
      member(node);
      words.add(textOf(node) ?? "");
    }
  }

  function word(name: string, node: Node, parent: Node | undefined): void {
    words.add(name);
    const isMember =
      (parent?.type === "MemberExpression" && parent["property"] === node) ||
      (parent !== undefined && isKeyed(parent) && parent["key"] === node && !parent["shorthand"]);
    const declaration = isMember ? undefined : declared.get(name);
    if (declaration !== undefined) add(declaration);
  }

  return { add: (node) => add(node), words, members };
}

const KEYED = new Set([
  "Property",
  "PropertyDefinition",
  "MethodDefinition",
  "TSPropertySignature",
  "TSMethodSignature",
]);

function isKeyed(node: Node): boolean {
  return KEYED.has(node.type);
}
