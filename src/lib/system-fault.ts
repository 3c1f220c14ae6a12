/** What the machine forbids or lacks, in the words for it; no fault of the program's. */
const faults: Readonly<Record<string, string>> = {
  EACCES: "this user may not do that",
  EPERM: "this user may not do that",
  EROFS: "it can only be read there",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk is full for this user",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EISDIR: "it is a directory",
  ENOTDIR: "part of its path is no directory",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "it is a link to itself",
};

/** Says in a line what a system call was refused, and why; `undefined` of any other error. */
export function describeSystemFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return undefined;
  const code = String(error.code);
  const why = Object.hasOwn(faults, code) ? faults[code] : undefined;
  if (why === undefined) return undefined;
  const path = "path" in error && typeof error.path === "string" ? ` ${error.path}` : "";
  return `Cannot ${String(error.syscall)}${path}: ${why} (${code})`;
}
