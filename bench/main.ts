// `npm run bench` runs all comparisons; `npm run bench -- turns crash` only these.
// Options: --quick (1 kill a point), --repetitions=5, --kills=50. Where no prebuilt better-sqlite3 can be had, build
// it against the headers of this very Node: npm_config_nodedir=DIR npm rebuild better-sqlite3.
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";

import { anchoring } from "./comparisons/anchoring.ts";
import { approvals } from "./comparisons/approvals.ts";
import { client } from "./comparisons/client.ts";
import { coldStart } from "./comparisons/cold-start.ts";
import { crash } from "./comparisons/crash.ts";
import { crowd } from "./comparisons/crowd.ts";
import { decisions } from "./comparisons/decisions.ts";
import { gateway } from "./comparisons/gateway.ts";
import { idle } from "./comparisons/idle.ts";
import { serving } from "./comparisons/serving.ts";
import { imports } from "./comparisons/imports.ts";
import { inbox } from "./comparisons/inbox.ts";
import { listing } from "./comparisons/listing.ts";
import { lists } from "./comparisons/lists.ts";
import { stores } from "./comparisons/stores.ts";
import { turns } from "./comparisons/turns.ts";
import type { Comparison, Section } from "./harness.ts";
import { targetsOf, toText } from "./table.ts";

const comparisons: Record<string, Comparison> = {
  approvals,
  anchoring,
  turns,
  client,
  gateway,
  crowd,
  listing,
  stores,
  lists,
  inbox,
  decisions,
  "cold-start": coldStart,
  serving,
  imports,
  idle,
  crash,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    repetitions: { type: "string", default: "3" },
    kills: { type: "string" },
  },
});
const options = {
  isQuick: values.quick,
  repetitions: Number(values.repetitions),
  kills: Number(values.kills ?? (values.quick ? 1 : 5)),
};

const sections: Section[] = [];
for (const name of positionals.length > 0 ? positionals : Object.keys(comparisons)) {
  const comparison = comparisons[name];
  if (comparison === undefined) {
    throw new Error(`There is no "${name}". There are ${Object.keys(comparisons).join(", ")}`);
  }
  process.stderr.write(`${name} `);
  const begin = performance.now();
  const section = await comparison(options);
  sections.push(section);
  process.stdout.write(toText(section));
  process.stderr.write(`${name} took ${Math.round((performance.now() - begin) / 1_000)} s\n`);
}
process.stdout.write(targetsOf(sections));
const machine = { node: process.version, cores: availableParallelism(), at: new Date() };
const file = new URL("results.json", import.meta.url);
await writeFile(file, `${JSON.stringify({ machine, options, sections }, undefined, 2)}\n`);
