// Builds, but not where what is built is newer than all that it is made of: `npm ci` has built it.
import { execSync } from "node:child_process";
import { globSync, statSync } from "node:fs";

const parts = ["src/**/*.{ts,html,css}", "bundle/*.ts", "package-lock.json", "tsconfig*.json"];
const changed = Math.max(...globSync(parts).map((file) => statSync(file).mtimeMs));
// The build's last step.
const built = statSync("dist/bom.json", { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (built <= changed) execSync("npm run build", { stdio: "inherit" });
