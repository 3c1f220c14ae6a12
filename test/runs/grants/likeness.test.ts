import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { isLike, likenessLines, likenessOf } from "../../../src/runs/grants/likeness.ts";
import { useTempDirectory } from "../../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

function likeness(args: object) {
  const found = likenessOf(JSON.stringify(args));
  if (found === undefined) throw new Error("There should be calls like this one");
  return found;
}

describe("a yes for calls in a folder", () => {
  async function makeFolders(): Promise<string> {
    const directory = await tempDirectory();
    mkdirSync(join(directory, "open"));
    mkdirSync(join(directory, "secret"));
    for (const file of ["open/a", "open/b", "secret/b", "secret/key"]) {
      writeFileSync(join(directory, file), "");
    }
    return directory;
  }

  it("covers files that are there, and that are not yet", async () => {
    const directory = await makeFolders();
    const like = likeness({ path: join(directory, "open/a") });
    for (const name of ["open/b", "open/new"]) {
      expect(isLike(like, JSON.stringify({ path: join(directory, name) }))).toBe(true);
    }
  });

  it("covers no link, whatever that leads to", async () => {
    const directory = await makeFolders();
    const like = likeness({ path: join(directory, "open/a") });
    const path = join(directory, "open/link");
    for (const target of ["../secret/key", "../secret/none", "b"]) {
      symlinkSync(target, path);
      expect(isLike(like, JSON.stringify({ path }))).toBe(false);
      rmSync(path);
    }
  });

  it("covers nothing once the folder leads elsewhere", async () => {
    const directory = await makeFolders();
    const like = likeness({ path: join(directory, "open/a") });
    renameSync(join(directory, "open"), join(directory, "moved"));
    symlinkSync("secret", join(directory, "open"));
    expect(isLike(like, JSON.stringify({ path: join(directory, "open/b") }))).toBe(false);
  });

  it("covers only a link itself that was shown", async () => {
    const directory = await makeFolders();
    symlinkSync("b", join(directory, "open/link"));
    const like = likeness({ path: join(directory, "open/link") });
    expect(likenessLines(like)).toEqual([`path is ${join(directory, "open/link")}`]);
    expect(isLike(like, JSON.stringify({ path: join(directory, "open/a") }))).toBe(false);
  });
});

it.each([
  [{ op: "read" }, { op: "delete" }, "op is read"],
  [{ method: "GET" }, { method: "DELETE" }, "method is GET"],
  [{ mode: "dry run" }, { mode: "for real" }, 'mode is "dry run"'],
])("a word that may say what is done stands for itself: %j", (shown, other, line) => {
  const like = likeness(shown);
  expect(likenessLines(like)).toEqual([line]);
  expect(isLike(like, JSON.stringify(other))).toBe(false);
});

it.each([
  [{ subject: "Hello" }, { subject: "Bye" }],
  [{ x: "Your order is late" }, { x: "Your order has come" }],
])("what is written to be read may be other words: %j", (shown, other) => {
  expect(isLike(likeness(shown), JSON.stringify(other))).toBe(true);
});
