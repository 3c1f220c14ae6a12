// Puts the code of `src`, and of the libraries that every start needs, into few files in `dist`.
// A host starts a server while a person waits, and most of a start is looking for modules. Code
// that several entry points share stays shared: an `Agent` of an agent file is the server's own.
import { copyFileSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { build, type BuildOptions } from "esbuild";

import { takeBuiltins } from "./builtins.ts";
import { importBesides, whatIsLoaded } from "./late.ts";
import { leanSdk } from "./lean-sdk.ts";
import { whatIsNear } from "./together.ts";

/** `openai` is large, has state of its own, and is loaded only with the first model call; `pg` only
 * those have who use it. */
const external = ["openai", "pg"];

const root = join(import.meta.dirname, "..");
const options = {
  absWorkingDir: root,
  entryPoints: ["src/index.ts", "src/ai-sdk.ts", "src/testing.ts", "src/cli/holdpoint.ts"],
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node22.18",
  external,
  metafile: true,
  logLevel: "warning",
} satisfies BuildOptions;
const { metafile } = await build({ ...options, write: false, plugins: [leanSdk] });
const loaded = whatIsLoaded(metafile.outputs);
const plugins = [leanSdk, importBesides(loaded)];
const cut = await build({ ...options, write: false, plugins });
const near = whatIsNear(cut.metafile.outputs, options.entryPoints);
await build({ ...options, plugins: [leanSdk, importBesides(loaded, near)] });
takeBuiltins(join(root, "dist/{*,chunks/*,cli/*}.js"));

// What browsers run: a file a page, since each further one is asked for only after the one before
// was read.
await build({
  absWorkingDir: root,
  entryPoints: ["main", "counts", "sign-in"].map((name) => `src/web/page/${name}.ts`),
  outdir: "dist/web/page",
  bundle: true,
  platform: "browser",
  minify: true,
  format: "esm",
  target: "es2022",
  logLevel: "warning",
});
for (const file of globSync("src/web/page/*.{html,css}", { cwd: root })) {
  copyFileSync(join(root, file), join(root, file.replace("src", "dist")));
}

/** The packages of which some code is in the bundle, as folders. */
const folders = Object.keys(metafile.inputs).flatMap(
  (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
);
const bundled = [...new Set(folders)].toSorted();
const notices = bundled.map((folder) => {
  const { name, version, license } = readPackage(folder);
  const [file] = globSync(`${folder}/{LICENSE,LICENCE,license}*`);
  const text = file === undefined ? "" : `\n\n${readFileSync(file, "utf8").trim()}`;
  return `${name} ${version} (${license})${text}`;
});
writeFileSync("dist/third-party-licenses.txt", `${notices.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);

// The bill of materials: what is in the bundle, and what it loads. No time, number or host stands
// in it, so that the same sources make the same file.
const own = readPackage(".");
const components = [...bundled, ...external.map((name) => `node_modules/${name}`)].map(readPackage);
const bom = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  version: 1,
  metadata: { component: toComponent(own) },
  components: components.map(toComponent),
  dependencies: [{ ref: refOf(own), dependsOn: [...new Set(components.map(refOf))].toSorted() }],
};
writeFileSync("dist/bom.json", `${JSON.stringify(bom, undefined, 2)}\n`);

interface Package {
  name: string;
  version: string;
  license: string;
}

function readPackage(folder: string): Package {
  return JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Package;
}

function refOf({ name, version }: Package): string {
  // https://github.com/package-url/purl-spec: the @ of a scope is percent-encoded.
  return `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;
}

function toComponent(each: Package): object {
  const { name, version, license } = each;
  const licenses = /^[\w.+-]+$/.test(license)
    ? [{ license: { id: license } }]
    : [{ expression: license }];
  return { type: "library", "bom-ref": refOf(each), name, version, purl: refOf(each), licenses };
}
