// Takes out of `node_modules` what is large and nobody reads here: the headers of Node, and the maps
// of the client of OpenAI.
import { globSync, rmSync } from "node:fs";
import { join } from "node:path";

const unread = ["node/node_modules/*/include", "openai/**/*.map"];
for (const path of globSync(unread, { cwd: "node_modules" })) {
  rmSync(join("node_modules", path), { recursive: true, force: true });
}
