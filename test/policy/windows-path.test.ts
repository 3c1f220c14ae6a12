import { describe, expect, it } from "vitest";

import { readWindowsPath } from "../../src/policy/windows-path.ts";

describe("a path on Windows", () => {
  it.each([
    ["notes/a.txt", String.raw`C:\home\notes\a.txt`],
    [String.raw`c:\home\a.txt`, String.raw`C:\home\a.txt`],
    [String.raw`\\?\C:\home\a.txt`, String.raw`C:\home\a.txt`],
    [String.raw`\\?\UNC\host\share\a`, String.raw`\\host\share\a`],
    [String.raw`private.\secret.txt. . `, String.raw`C:\home\private\secret.txt`],
    [String.raw`drafts\..\private`, String.raw`C:\home\private`],
    [String.raw`\a`, String.raw`C:\a`],
    [String.raw`\\.\C:\a`, String.raw`C:\a`],
    ["", String.raw`C:\home`],
  ])("%j is %j", (text, path) => {
    expect(readWindowsPath(text, String.raw`C:\home`)).toBe(path);
  });

  it.each([
    "a.txt:stream",
    "a.txt::$DATA",
    "PRIVAT~1",
    "C:a.txt",
    String.raw`\\?\GLOBALROOT\a`,
    "nul",
    "notes/CON.txt",
    "com1",
    "a\0",
    "notes/. ./a",
  ])("%j cannot be told", (text) => {
    expect(readWindowsPath(text, String.raw`C:\home`)).toBeUndefined();
  });
});
