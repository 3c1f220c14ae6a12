/** A part of a parsed file, by what ESTree calls it. */
export interface Node {
  readonly type: string;
  readonly [part: string]: unknown;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

export function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flatMap((part) => (Array.isArray(part) ? part : [part]))
    .filter(isNode);
}

/** What a text says. */
export function textOf(node: Node): string | undefined {
  return node.type === "Literal" && typeof node["value"] === "string" ? node["value"] : undefined;
}

/** What is between the quotes of a text as it is written, with `${names}`. */
export function titleOf(node: Node | undefined, source: string): string | undefined {
  if (node === undefined || !(textOf(node) !== undefined || node.type === "TemplateLiteral"))
    return undefined;
  return source.slice(Number(node["start"]) + 1, Number(node["end"]) - 1);
}
