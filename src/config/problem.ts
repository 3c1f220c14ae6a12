import type * as z from "zod";

import { errorMessage, HoldpointError, errorCode } from "../lib/errors.ts";

/** Something wrong in a configuration: where, what kind of value is there, and what to do. */
export interface ConfigProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A file that is named and cannot be read: whether it is there, or why else. */
export function cannotRead(path: string, cause: unknown): HoldpointError {
  const isMissing = errorCode(cause) === "ENOENT";
  const why = isMissing ? "there is no such file" : errorMessage(cause);
  return new HoldpointError("config_invalid", `Cannot read ${path}: ${why}`, { cause });
}

export function describeProblem({ path, message }: ConfigProblem): string {
  return `${pathText(path)}: ${message}`;
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path.reduce<string>(
    (before, key) =>
      typeof key === "number"
        ? `${before}[${key}]`
        : `${before}${before === "" ? "" : "."}${String(key)}`,
    "",
  );
  return text === "" ? "(the whole file)" : text;
}

/** What the schema found, in our words: never a value, since any of them may be a secret. */
export function toProblems(issues: readonly z.core.$ZodIssue[], root: unknown): ConfigProblem[] {
  return issues.flatMap((issue): ConfigProblem[] => {
    const { path } = issue;
    const found = kindOf(valueAt(root, path));
    switch (issue.code) {
      case "unrecognized_keys":
        return issue.keys.map((key) => ({
          path: [...path, key],
          message: "no such setting here: remove it, or mend its spelling",
        }));
      case "invalid_type":
        return [
          {
            path,
            message:
              found === "missing"
                ? `is missing: give ${article(issue.expected)}`
                : `is ${article(found)} and must be ${article(issue.expected)}${quoteHint(issue.expected, found)}`,
          },
        ];
      case "invalid_value":
        return [
          {
            path,
            message: `is ${article(found)} that is not known: write ${issue.values.map((each) => JSON.stringify(each)).join(", ")}`,
          },
        ];
      default:
        return [{ path, message: `is ${article(found)} that does not fit: ${issue.message}` }];
    }
  });
}

function quoteHint(expected: string, found: string): string {
  if (expected === "string" && (found === "number" || found === "boolean")) {
    return ": put it in quotes";
  }
  if (expected === "array" && found === "string") return ": put it in [ ]";
  return "";
}

export function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function article(kind: string): string {
  if (kind === "null") return kind;
  const name = { array: "list", record: "object", int: "whole number" }[kind] ?? kind;
  return `${/^[aeio]/.test(name) ? "an" : "a"} ${name}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
