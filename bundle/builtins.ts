// Takes Node's own modules as they are. An `import` of one makes a module of it that has each of its
// parts as an export, and so loads parts that come late, such as the streams of `node:fs` and the
// threads of `node:util`: for a start of the server a twentieth of all that it does.
import { globSync, readFileSync, writeFileSync } from "node:fs";

const importOfBuiltin = /^import \{([^}]+)\} from ("node:[^"]+");$/gm;
/** Where what is CommonJS inside asks for Node's own modules. */
const asksForRequire = /\btypeof require\b/;
const makesRequire = `const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);\n`;

/** Rewrites what the bundler has written. */
export function takeBuiltins(files: string): void {
  for (const file of globSync(files)) {
    const text = readFileSync(file, "utf8").replaceAll(
      importOfBuiltin,
      (_import, names: string, builtin: string) =>
        `const {${names.replaceAll(" as ", ": ")}} = process.getBuiltinModule(${builtin});`,
    );
    writeFileSync(file, asksForRequire.test(text) ? `${makesRequire}${text}` : text);
  }
}
