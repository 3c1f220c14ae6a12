#!/usr/bin/env node
// No static imports: on an older Node the rest would not even parse, and nobody would know why.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `holdpoint needs Node 22.18 or newer, and this is ${process.versions.node}: install a current Node, or let npm bring one: npx -p node@24 -p holdpoint holdpoint (in a clone, after npm ci: npx holdpoint)\n`,
  );
  process.exit(1);
}
// Hosts start a server often, and a person waits: compiled code is kept from start to start, in
// Node's own place, where that can be.
const { enableCompileCache, flushCompileCache } = await import("node:module");
enableCompileCache();
// Some hosts never let a server end by itself, and only then is it kept.
setTimeout(flushCompileCache, 5_000).unref();
const { main } = await import("./main.ts");
process.exitCode = await main(process.argv.slice(2));
