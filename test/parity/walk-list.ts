import { join, relative } from "node:path";

import {
  API,
  SymbolFlags,
  type Checker,
  type NodeHandle,
  type Symbol as Declared,
} from "typescript/unstable/sync";

/** One name that a package exports, and the names of what it has. */
export interface Exported {
  readonly name: string;
  /** Whether it exists at run time. */
  readonly isValue: boolean;
  /** Of a class, an interface or an object type; sorted, each once. */
  readonly members: readonly string[];
}

const root = join(import.meta.dirname, "../..");
const files = {
  original: join(root, "test/peers/node_modules/@openai/agents/dist/index.d.ts"),
  ours: join(root, "src/index.ts"),
};

/** What the declarations of `@openai/agents` and ours export, sorted by name. */
export function listBoth(): { original: Exported[]; ours: Exported[] } {
  const api = new API({ cwd: root });
  try {
    const config = join(import.meta.dirname, "walk.tsconfig.json");
    const [project] = api.updateSnapshot({ openProject: config }).getProjects();
    if (project === undefined) throw new Error(`There is no project ${config}`);
    const { program, checker } = project;
    const list = (file: string): Exported[] => {
      const source = program.getSourceFile(file);
      const module = source && checker.getSymbolAtLocation(source);
      if (module === undefined) throw new Error(`${file} exports nothing`);
      return checker
        .getExportsOfModule(module)
        .map((symbol) => toExported(checker, symbol))
        .toSorted((one, other) => (one.name < other.name ? -1 : 1));
    };
    return { original: list(files.original), ours: list(files.ours) };
  } finally {
    api.close();
  }
}

function toExported(checker: Checker, exported: Declared): Exported {
  const isAlias = (exported.flags & SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  const { flags } = symbol;
  const isType =
    (flags & (SymbolFlags.Class | SymbolFlags.Interface | SymbolFlags.TypeAlias)) !== 0;
  const own = isType ? checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol)) : [];
  const statics = (flags & SymbolFlags.Class) === 0 ? [] : [...symbol.getExports().values()];
  const members = [...own, ...statics].filter((member) => isPublic(checker, member));
  return {
    name: exported.name,
    isValue: (flags & SymbolFlags.Value) !== 0,
    members: [...new Set(members.map(({ name }) => name))].toSorted(),
  };
}

/** Neither of the language's own, nor what the package keeps to itself. */
function isPublic(checker: Checker, member: Declared): boolean {
  const { name, declarations } = member;
  if (/^(_|#|prototype$)/.test(name)) return false;
  const own = declarations.filter(({ path }) => isOfEither(path));
  // Of none of the two: the language's own.
  if (own.every((declaration) => isHidden(declaration))) return false;
  return !member.getJsDocTags(checker).some((tag) => tag.name === "internal");
}

function isOfEither(path: string): boolean {
  const place = relative(root.toLowerCase(), path.toLowerCase()).replaceAll("\\", "/");
  return place.startsWith("src/") || place.startsWith("test/peers/node_modules/@openai/agents");
}

function isHidden(declaration: NodeHandle): boolean {
  const node = declaration.resolve();
  return node !== undefined && /^\s*(private|protected)\b/.test(node.getText());
}
