// `node test/docs/made.ts` writes the parts of the pages in docs that are made from the code.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { commandHelp } from "../../src/cli/help.ts";
import { commandNames, literals } from "../../src/cli/literals.ts";
import { holdMsOf } from "../../src/gateway/holds.ts";
import { hostFiles } from "../../src/hosts/host-files.ts";
import { hostAbilities } from "./host-abilities.ts";

const docs = join(import.meta.dirname, "../../docs");

/** The parts that are made, by the page that has them. */
const parts: Readonly<Record<string, () => string>> = {
  approvers: abilityPart,
  commands: commandPart,
  hosts: hostPart,
};

export const madePages = Object.keys(parts).map((name) => join(docs, `${name}.md`));

function commandPart(): string {
  const rows = commandNames.map(
    (name) => `| [${name}](#${name.replaceAll(" ", "-")}) | ${literals[name].summary} |`,
  );
  const helps = commandNames.map(
    (name) => `## ${name}\n\n\`\`\`text\n${commandHelp(name)}\n\`\`\``,
  );
  return ["| command | what it does |", "| --- | --- |", ...rows, "", helps.join("\n\n")].join(
    "\n",
  );
}

function abilityPart(): string {
  const rows = hostAbilities.map(({ host, client, forms, callMayTake, seen }) => {
    const hold = holdMsOf(client ?? "", {}) / 1_000;
    return `| ${host} | ${forms} | ${callMayTake} | ${hold} s | ${seen} |`;
  });
  return [
    "| host | shows forms | a call may take | the gateway holds it | seen |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function hostPart(): string {
  const of = (platform: NodeJS.Platform, home: string, env = {}) =>
    hostFiles({ platform, env, home }).map(({ file }) => `\`${file}\``);
  const columns = [
    of("linux", "~"),
    of("darwin", "~"),
    of("win32", "%USERPROFILE%", { APPDATA: "%APPDATA%" }),
  ];
  const rows = hostFiles({ platform: "linux", env: {}, home: "~" }).map(
    ({ id, label, restart }, at) =>
      `| ${label} | \`${id}\` | ${columns.map((column) => column[at]).join(" | ")} | ${restart} |`,
  );
  return [
    "| host | name | Linux | macOS | Windows | to read it again |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    `Install in [VS Code](${links.vscode}) or [Cursor](${links.cursor}), with agents of Holdpoint's own: both start \`npx -y holdpoint serve\`, which is what the [README](../README.md) installs globally.`,
  ].join("\n");
}

const own = { command: "npx", args: ["-y", "holdpoint", "serve"] };
/** As each host documents its links: VS Code's has JSON, Cursor's base64. */
export const links = {
  vscode: `https://insiders.vscode.dev/redirect/mcp/install?name=holdpoint&config=${encodeURIComponent(JSON.stringify({ type: "stdio", ...own }))}`,
  cursor: `https://cursor.com/install-mcp?name=holdpoint&config=${encodeURIComponent(Buffer.from(JSON.stringify(own)).toString("base64"))}`,
};

/** A page with its made part in it, in place of the one that it has. */
export function withMadePart(file: string): string {
  const text = readFileSync(file, "utf8");
  const [, name = ""] = /<!-- made by test\/docs\/made\.ts: (\w+) -->/.exec(text) ?? [];
  const make = parts[name];
  const begin = `<!-- made by test/docs/made.ts: ${name} -->`;
  const [from, to] = [text.indexOf(begin), text.indexOf("<!-- end -->")];
  if (make === undefined || to < from) throw new Error(`${file} has no place for a made part`);
  return `${text.slice(0, from)}${begin}\n\n${make()}\n\n${text.slice(to)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const file of madePages) writeFileSync(file, withMadePart(file));
}
