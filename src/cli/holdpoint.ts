#!/usr/bin/env node
// No static imports: on an older Node the rest would not even parse, and nobody would know why.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `holdpoint needs Node 22.18 or newer, and this is ${process.versions.node}: install a current Node, or start it with the node inside node_modules/node/bin\n`,
  );
  process.exit(1);
}
const { main } = await import("./main.ts");
process.exitCode = await main(process.argv.slice(2));
