import { existsSync } from "node:fs";

const isSource = import.meta.url.endsWith(".ts");

/** Where this package's package.json is: a bundle may have put this code at any depth below. */
function findPackage(): URL {
  let folder = new URL(".", import.meta.url);
  while (!existsSync(new URL("package.json", folder))) folder = new URL("..", folder);
  return folder;
}

/** A file of this package, from its root: `package.json`. */
export function packageFile(path: string): URL {
  return new URL(path, findPackage());
}

/** A file that stands among the code that is running, from its root: `web/page/page.css`. */
export function ownFile(path: string): URL {
  return packageFile(`${isSource ? "src" : "dist"}/${path}`);
}

/** A module of the code that is running, without its ending: `cli/holdpoint`. */
export function ownModule(path: string): URL {
  return ownFile(`${path}${isSource ? ".ts" : ".js"}`);
}
