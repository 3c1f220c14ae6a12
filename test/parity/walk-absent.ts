import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "../..");
const entry = join(root, "src/index.ts");

/**
 * What the compiler says to a program that uses each of these names, or members with a dot, of this
 * library; empty where it says nothing.
 */
export async function compilerOn(
  names: readonly string[],
  directory: string,
): Promise<Map<string, string>> {
  const lines = names.map((name, index) => {
    const [type = "", member] = name.split(".");
    return member === undefined
      ? `export type { ${type} as Name${index} } from "holdpoint";`
      : `export type Name${index} = import("holdpoint").${type}[${JSON.stringify(member)}];`;
  });
  writeFileSync(join(directory, "names.ts"), `${lines.join("\n")}\n`);
  const project = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      paths: { holdpoint: [entry] },
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      noEmit: true,
    },
    include: [],
    files: ["names.ts"],
  };
  const file = join(directory, "tsconfig.json");
  writeFileSync(file, JSON.stringify(project));
  const compiler = join(root, "test/node_modules/typescript/bin/tsc");
  const output = await outputOf([compiler, "--project", file, "--pretty", "false"], directory);
  const said = new Map<string, string>();
  for (const line of output.split("\n")) {
    const [, number, text = ""] = /^names\.ts\((\d+),\d+\): error (.*)$/.exec(line) ?? [];
    const name = names[Number(number) - 1];
    if (name !== undefined) said.set(name, text);
  }
  return said;
}

/** What Node says to a program that imports each of these values; empty where it says nothing. */
export async function nodeOn(
  names: readonly string[],
  directory: string,
): Promise<Map<string, string>> {
  const from = JSON.stringify(pathToFileURL(entry).href);
  names.forEach((name, index) => {
    writeFileSync(join(directory, `${index}.mjs`), `import { ${name} } from ${from};\n`);
  });
  const program = `
    const said = [];
    for (let index = 0; index < ${names.length}; index += 1) {
      said.push(await import("./" + index + ".mjs").then(() => "", ({ message }) => message));
    }
    process.stdout.write(JSON.stringify(said));
  `;
  writeFileSync(join(directory, "all.mjs"), program);
  const said = JSON.parse(await outputOf([join(directory, "all.mjs")], directory)) as string[];
  return new Map(names.map((name, index) => [name, said[index] ?? ""]));
}

/** The standard output, whatever it ends with. */
function outputOf(args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 100_000_000 }, (_error, stdout) => {
      resolve(stdout);
    });
  });
}
