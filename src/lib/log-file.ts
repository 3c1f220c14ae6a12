// An `import` of it makes all that it has, streams too, which takes longer than a library may.
const { appendFileSync, chmodSync, renameSync, statSync } = process.getBuiltinModule("node:fs");

/**
 * Of one file; with those that were put aside, four of them are kept. Each grows a little further
 * before that is seen, by what processes write between their looks.
 */
const FILE_BYTES = 7_500_000;
const KEPT = 3;
/** How much is written before the size is asked for again: other processes write to it too. */
const LOOK_BYTES = 64_000;

/**
 * A file that lines are added to, for this user only. At most 32 MB of it are kept, those that were
 * put aside (`<file>.1` to `<file>.3`) included.
 */
export interface LogFile {
  /** Never throws: a log that cannot be written must not stop a run. */
  append(line: string): void;
}

export function createLogFile(file: string): LogFile {
  let unseen = Infinity;
  const look = (): void => {
    unseen = 0;
    const found = statSync(file, { throwIfNoEntry: false });
    // A device, as /dev/stderr, has no size and keeps its mode.
    if (found?.isFile() !== true) return;
    if ((found.mode & 0o077) !== 0) chmodSync(file, 0o600);
    if (found.size >= FILE_BYTES) putAside(file);
  };
  return {
    append(line) {
      try {
        unseen += Buffer.byteLength(line);
        if (unseen >= LOOK_BYTES) look();
        appendFileSync(file, line, { mode: 0o600 });
      } catch {
        // As above.
      }
    },
  };
}

function putAside(file: string): void {
  for (let number = KEPT - 1; number >= 1; number -= 1) {
    try {
      renameSync(`${file}.${number}`, `${file}.${number + 1}`);
    } catch {
      // There are not so many yet, or another process does the same.
    }
  }
  renameSync(file, `${file}.1`);
}
