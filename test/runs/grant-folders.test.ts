import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { staysInside, withRealFolders } from "../../src/runs/grants/folders.ts";
import { isLike, likenessOf, type Likeness } from "../../src/runs/grants/likeness.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
let directory = "";
let given: Likeness;

beforeEach(async () => {
  directory = await tempDirectory();
  for (const name of ["notes", "secret"]) {
    // One after the other.
    // oxlint-disable-next-line no-await-in-loop
    await mkdir(join(directory, name));
  }
  await writeFile(join(directory, "secret", "key"), "");
  await writeFile(join(directory, "notes", "a"), "");
  const likeness = likenessOf(JSON.stringify({ path: join(directory, "notes", "a") }));
  if (likeness === undefined) throw new Error("nothing is like it");
  given = withRealFolders(likeness);
});

const covers = (path: string): boolean => isLike(given, JSON.stringify({ path }), staysInside);

describe("a yes for a folder", () => {
  it("is for what lies in it, and for what is not there yet", async () => {
    expect(covers(join(directory, "notes", "a"))).toBe(true);
    expect(covers(join(directory, "notes", "new"))).toBe(true);
  });

  it.each(["../secret/key", "../secret/not-yet", "a"])("is for no link in it to %s", async (to) => {
    await symlink(to, join(directory, "notes", "link"));
    expect(covers(join(directory, "notes", "link"))).toBe(false);
  });

  it("ends where another folder takes its place", async () => {
    await rename(join(directory, "notes"), join(directory, "old"));
    expect(covers(join(directory, "notes", "a"))).toBe(false);
    await symlink("secret", join(directory, "notes"));
    expect(covers(join(directory, "notes", "key"))).toBe(false);
  });

  it("goes by its text where it is on no disk of this machine", () => {
    const there = likenessOf(JSON.stringify({ path: "/workspace/of/a/container/a" }));
    const like = (path: string): boolean =>
      there !== undefined && isLike(withRealFolders(there), JSON.stringify({ path }), staysInside);
    expect(like("/workspace/of/a/container/b")).toBe(true);
    expect(like("/workspace/of/a/key")).toBe(false);
  });
});
