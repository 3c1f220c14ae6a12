import { join } from "node:path";

import { expect, it } from "vitest";

import { createRememberedLists } from "../../src/gateway/remembered-lists.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

it("remembers for each configuration what its own server of a name had", async () => {
  const path = join(await tempDirectory(), "lists.json");
  createRememberedLists(path, "gateway:/a").remember("files", [{ name: "read" }]);
  createRememberedLists(path, "gateway:/b").remember("files", [{ name: "erase" }]);
  expect(createRememberedLists(path, "gateway:/a").of("files")).toEqual([{ name: "read" }]);
  expect(createRememberedLists(path, "gateway:/b").of("files")).toEqual([{ name: "erase" }]);
  expect(createRememberedLists(path, "gateway:/c").of("files")).toEqual([]);
});
