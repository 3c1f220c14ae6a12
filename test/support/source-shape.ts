import { globSync } from "node:fs";
import { join, relative, sep } from "node:path";

import type { Node, SourceFile } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import { API } from "typescript/unstable/sync";

const root = join(import.meta.dirname, "../..");

/** A function as it is written. */
export interface FunctionShape {
  /** "" where it has none, also not by what it is assigned to. */
  name: string;
  /** Offsets of its first character, of its body, and of what follows. */
  start: number;
  body: number;
  end: number;
  /** From 1. */
  line: number;
  lines: number;
  /**
   * Places where it goes one way or another: if, ?:, case, &&, ||, ??, loops, catch. Those of a
   * function inside it count for that one, unless that is no function of its own.
   */
  branches: number;
}

export interface FileShape {
  /** Below `src/`, with slashes. */
  path: string;
  lines: number;
  functions: FunctionShape[];
}

/** Every file of `src`, as the compiler's own parser reads it. */
export function readSources(): FileShape[] {
  const api = new API({ cwd: root });
  try {
    const configs = ["tsconfig.json", "src/web/page/tsconfig.json"].map((name) => join(root, name));
    const projects = api.updateSnapshot({ openProjects: configs }).getProjects();
    return globSync("src/**/*.ts", { cwd: root })
      .toSorted()
      .map((name) => {
        const file = join(root, name);
        const source = projects
          .map(({ program }) => program.getSourceFile(file))
          .find((found) => found !== undefined);
        if (source === undefined) throw new Error(`${name} belongs to no project`);
        return shapeOf(relative(join(root, "src"), file).replaceAll(sep, "/"), source);
      });
  } finally {
    api.close();
  }
}

function shapeOf(path: string, source: SourceFile): FileShape {
  const starts = lineStarts(source.text);
  const lineAt = (offset: number): number => {
    const next = starts.findIndex((start) => start > offset);
    return next === -1 ? starts.length : next;
  };
  const functions: FunctionShape[] = [];
  const visit = (node: Node, owner: FunctionShape | undefined): void => {
    if (owner !== undefined && isBranch(node)) owner.branches += 1;
    const body = bodyOf(node);
    let inside = owner;
    if (body !== undefined) {
      const [start, end] = [node.getStart(source), node.end];
      const line = lineAt(start);
      const lines = lineAt(end - 1) - line + 1;
      const name = nameOf(node);
      const own = { name, start, body: body.getStart(source), end, line, lines, branches: 0 };
      if (isFunctionOfItsOwn(own)) {
        functions.push(own);
        inside = own;
      }
    }
    node.forEachChild((child) => visit(child, inside));
  };
  visit(source, undefined);
  // A line break at the end begins no line.
  const lines = starts.length - (source.text.endsWith("\n") ? 1 : 0);
  return { path, lines, functions };
}

/**
 * An anonymous function in one line is part of the function it stands in: `lines.map((line) =>
 * line.length)` is one step for whoever reads it, as a loop would be, and counting it would reward
 * writing loops. With a second line it has something to say of its own.
 */
export function isFunctionOfItsOwn({ name, lines }: { name: string; lines: number }): boolean {
  return name !== "" || lines > 1;
}

function lineStarts(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

function bodyOf(node: Node): Node | undefined {
  switch (node.kind) {
    case SyntaxKind.FunctionDeclaration:
    case SyntaxKind.FunctionExpression:
    case SyntaxKind.ArrowFunction:
    case SyntaxKind.MethodDeclaration:
    case SyntaxKind.Constructor:
    case SyntaxKind.GetAccessor:
    case SyntaxKind.SetAccessor:
      return (node as Node & { body?: Node }).body;
    default:
      return undefined;
  }
}

/** Its own name, or that of what it is assigned to where it is made. */
function nameOf(node: Node): string {
  if (node.kind === SyntaxKind.Constructor) return "constructor";
  const own = textOf((node as Node & { name?: Node }).name);
  if (own !== "") return own;
  const parent = node.parent as (Node & { name?: Node }) | undefined;
  switch (parent?.kind) {
    case SyntaxKind.VariableDeclaration:
    case SyntaxKind.PropertyAssignment:
    case SyntaxKind.PropertyDeclaration:
      return textOf(parent.name);
    default:
      return "";
  }
}

function textOf(name: Node | undefined): string {
  return name === undefined ? "" : name.getText();
}

function isBranch(node: Node): boolean {
  switch (node.kind) {
    case SyntaxKind.IfStatement:
    case SyntaxKind.ConditionalExpression:
    case SyntaxKind.CaseClause:
    case SyntaxKind.CatchClause:
    case SyntaxKind.ForStatement:
    case SyntaxKind.ForInStatement:
    case SyntaxKind.ForOfStatement:
    case SyntaxKind.WhileStatement:
    case SyntaxKind.DoStatement:
      return true;
    case SyntaxKind.BinaryExpression:
      return isShortCircuit((node as Node & { operatorToken: Node }).operatorToken.kind);
    default:
      return false;
  }
}

function isShortCircuit(operator: SyntaxKind): boolean {
  switch (operator) {
    case SyntaxKind.AmpersandAmpersandToken:
    case SyntaxKind.BarBarToken:
    case SyntaxKind.QuestionQuestionToken:
    case SyntaxKind.AmpersandAmpersandEqualsToken:
    case SyntaxKind.BarBarEqualsToken:
    case SyntaxKind.QuestionQuestionEqualsToken:
      return true;
    default:
      return false;
  }
}
