/**
 * What a writer of the version before is told. Its message reaches the log of that process, and
 * the terminal of a command that fails by it.
 */
export const TAKEN_OVER =
  "this store is of a newer holdpoint now, and nothing was written: end this process and start the new version";
