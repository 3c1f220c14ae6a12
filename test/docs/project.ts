import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { peerFile } from "../support/peers.ts";
import { root } from "./blocks.ts";

/** Makes of `folder` a project whose programs find the package, zod and the AI SDK's providers. */
export function makeProject(folder: string): string {
  mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/holdpoint"));
  for (const name of ["zod", "@types/node"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  symlinkSync(peerFile("@ai-sdk"), join(folder, "node_modules/@ai-sdk"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  return folder;
}
