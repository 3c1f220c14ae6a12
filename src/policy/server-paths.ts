import { toPath } from "../lib/paths.ts";
import { matchesName } from "./glob.ts";
import { findKnownServer, type KnownServer, type ServerStart } from "./known-servers.ts";
import type { PathArgument, PathDeclaration } from "./path-declaration.ts";

/** Where the paths of a server's tools are, and what they mean. */
export interface ServerPaths {
  readonly base: string;
  readonly on: "here" | "elsewhere";
  /** Folders there and what they are here, the longest first. */
  readonly mounts: readonly { there: string; here: string }[];
  /** The arguments of a tool that are paths; `undefined` where nothing is said of the tool. */
  argumentsOf(tool: string): readonly PathArgument[] | undefined;
}

/** What is said of a server, and what is known of it where it was published. */
export function createServerPaths(
  start: ServerStart,
  { declared = {}, directory }: { declared?: PathDeclaration | undefined; directory: string },
): ServerPaths {
  const known = findKnownServer(start);
  const on = declared.on ?? (isElsewhere(start) ? "elsewhere" : "here");
  const mounts = Object.entries(declared.mounts ?? {})
    .map(([there, here]) => ({ there, here: toPath(directory, here) }))
    .toSorted((a, b) => b.there.length - a.there.length);
  const cwd = start.cwd ?? directory;
  const base = declared.base === undefined ? baseOf(known, { on, cwd }) : declared.base;
  return {
    on,
    mounts,
    base: on === "here" ? toPath(declared.base === undefined ? cwd : directory, base) : base,
    argumentsOf: (tool) => argumentsOf(tool, { declared, known }),
  };
}

/** Programs that run others on another file system. */
const CARRIERS = /(?:^|[\\/])(?:docker|podman|nerdctl|ssh|kubectl|wsl|lxc|flyctl)(?:\.exe)?$/i;

function isElsewhere({ command, url }: ServerStart): boolean {
  return url !== undefined || CARRIERS.test(command ?? "");
}

function baseOf(
  known: KnownServer | undefined,
  { on, cwd }: { on: ServerPaths["on"]; cwd: string },
): string {
  const [root] = known?.roots ?? [];
  if (root !== undefined) return root;
  return on === "here" ? cwd : "/";
}

function argumentsOf(
  tool: string,
  { declared, known }: { declared: PathDeclaration; known: KnownServer | undefined },
): readonly PathArgument[] | undefined {
  const said = Object.entries(declared.tools ?? {}).filter(([glob]) => matchesName(glob, tool));
  if (said.length === 0) return known?.tools.get(tool);
  return said.flatMap(([, places]) =>
    [places].flat().map((each) => (typeof each === "string" ? { at: each } : each)),
  );
}
