import { basename, delimiter, dirname, resolve, sep } from "node:path";

import { commandNames } from "./literals.ts";

/** How this process was started. */
export interface Started {
  /** The file that was named: of a link to the command, the link. */
  named: string;
  /** The command's file. */
  script: string;
  node: string;
  directory: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** What a person types to start the same program again. */
export function ownName({ named, script, node, directory, env }: Started): string {
  if (env["npm_command"] === "exec") return "npx holdpoint";
  if (/^holdpoint(?:\.cmd|\.ps1)?$/.test(basename(named))) {
    return isOnPath(dirname(named), env["PATH"]) ? "holdpoint" : shellWord(named);
  }
  const [, project] = /^(.*)[\\/]node_modules[\\/]holdpoint[\\/]/.exec(script) ?? [];
  if (project === undefined) return `${shellWord(node)} ${shellWord(script)}`;
  return isAbove(project, directory) ? "npx holdpoint" : "holdpoint";
}

function isOnPath(folder: string, path: string | undefined): boolean {
  return path === undefined || path.split(delimiter).some((each) => resolve(each) === folder);
}

function isAbove(folder: string, directory: string): boolean {
  for (let at = resolve(directory); ; at = dirname(at)) {
    if (at === resolve(folder)) return true;
    if (dirname(at) === at) return false;
  }
}

function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return sep === "\\" ? `"${text}"` : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const COMMAND = new RegExp(
  `(?<![\\w/.-])holdpoint (?=(?:${commandNames.join("|")}|VERB|--help|--version)\\b)`,
  "g",
);

/** A text of ours with the commands in it as they are typed here. */
export function asTyped(text: string, own: string): string {
  return text.replaceAll(COMMAND, () => `${own} `);
}
