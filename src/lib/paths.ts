import { homedir } from "node:os";
import { isAbsolute, join, relative, resolve, sep } from "node:path";

/** What says where files of a user are. */
export interface Surroundings {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  /** The user's home directory, absolute. */
  home: string;
}

/** Whether a path is a folder or lies in it, by their texts alone; both absolute. */
export function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  // To another drive there is no way but the whole path.
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A path as a configuration says it: from its folder, or from the user's home. */
export function toPath(directory: string, path: string): string {
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? path : resolve(directory, path);
}
