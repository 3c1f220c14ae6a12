import { fileURLToPath } from "node:url";

/** Where a file is of what `test/peers/package.json` brings; `npm run peers` installs it. */
export function peerFile(path: string): string {
  return fileURLToPath(new URL(`../peers/node_modules/${path}`, import.meta.url));
}
