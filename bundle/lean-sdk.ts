// What of the MCP SDK goes into the bundle. It makes some hundred schemas when it is loaded, of which
// a start needs few, and brings a validator of JSON Schema along that nothing here asks: both take
// longer than the rest of a start together.
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "esbuild";

const sdk = /@modelcontextprotocol\/sdk\/dist\/esm\//.source;
const types = new RegExp(`${sdk}types\\.js$`);
const validator = new RegExp(`${sdk}validation/ajv-provider\\.js$`);

/** A schema, to where the next statement begins. */
const schema =
  /^((?:export )?const \w+Schema = )([^]*?);$(?=\n(?:export|const|\/[*/]|function|$))/gm;

const noValidator = `
export class AjvJsonSchemaValidator {
  getValidator() {
    throw new Error("What is to be checked by a JSON Schema is checked where it is used");
  }
}`;

/** A schema in the place of which something stands that makes it when it is first looked at. */
const lazyObject = `
const lazyObject = (make) => {
  const made = lazy(make);
  return new Proxy({}, {
    get: (_stand, key) => Reflect.get(made(), key),
    has: (_stand, key) => Reflect.has(made(), key),
  });
};`;

export const leanSdk: Plugin = {
  name: "lean-sdk",
  setup(build) {
    const { absWorkingDir: root = "" } = build.initialOptions;
    const lazy = JSON.stringify(join(root, "src/lib/lazy.ts"));
    build.onLoad({ filter: types, namespace: "file" }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const contents = text.replaceAll(schema, "$1lazyObject(() => $2);");
      if (contents.split("lazyObject(").length < 100) {
        throw new Error(`${path} is no longer written as it was: its schemas were not found`);
      }
      return { contents: `import { lazy } from ${lazy};${lazyObject}\n${contents}` };
    });
    build.onLoad({ filter: validator, namespace: "file" }, () => ({ contents: noValidator }));
  },
};
