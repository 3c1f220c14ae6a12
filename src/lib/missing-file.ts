import { errorCode } from "./errors.ts";

/** Whether a failure says that there is no such file, also where its folder is a file. */
export function isMissingFile(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOENT" || code === "ENOTDIR";
}

/** The same of what a server says in words. */
export function saysMissingFile(text: string): boolean {
  return /\bENOENT\b|no such file/i.test(text);
}
