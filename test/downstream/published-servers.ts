import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { ServerSpec } from "../../src/downstream/server-spec.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { peerFile } from "../support/peers.ts";

/** A published server of files over a folder, and a call of each of its tools that has paths. */
export interface PublishedServer {
  readonly name: string;
  spec(folder: string): ServerSpec;
  /** The calls that a path, put where a tool takes one, comes to. */
  calls(path: string): [tool: string, args: JsonObject][];
}

const officialFile = peerFile("@modelcontextprotocol/server-filesystem/dist/index.js");
const fastFile = peerFile("fast-filesystem-mcp/dist/index.js");

const official: PublishedServer = {
  name: "@modelcontextprotocol/server-filesystem",
  spec: (folder) => ({
    command: process.execPath,
    args: [officialFile, "notes"],
    cwd: join(folder, ".."),
  }),
  calls: (path) => [
    ["read_file", { path }],
    ["read_text_file", { path }],
    ["read_media_file", { path }],
    ["read_multiple_files", { paths: [path] }],
    ["read_multiple_files", { paths: ["a.txt", path] }],
    ["write_file", { path, content: "NEW" }],
    ["edit_file", { path, edits: [{ oldText: "SECRET", newText: "NEW" }] }],
    ["create_directory", { path }],
    ["list_directory", { path }],
    ["list_directory_with_sizes", { path }],
    ["directory_tree", { path }],
    ["move_file", { source: path, destination: "drafts/moved" }],
    ["move_file", { source: "a.txt", destination: path }],
    ["search_files", { path, pattern: "**" }],
    ["get_file_info", { path }],
  ],
};

const fast: PublishedServer = {
  name: "fast-filesystem-mcp",
  spec: (folder) => ({
    command: process.execPath,
    args: [fastFile, "--allow", folder],
    cwd: folder,
  }),
  calls: (path) => [
    ["fast_read_file", { path }],
    ["fast_read_multiple_files", { paths: ["a.txt", path] }],
    ["fast_write_file", { path, content: "NEW" }],
    ["fast_large_write_file", { path, content: "NEW" }],
    ["fast_list_directory", { path }],
    ["fast_get_file_info", { path }],
    ["fast_create_directory", { path }],
    ["fast_search_files", { path, pattern: "SECRET", content_search: true }],
    ["fast_search_code", { path, pattern: "SECRET" }],
    ["fast_get_directory_tree", { path }],
    ["fast_find_large_files", { path, min_size: "1B" }],
    ["fast_edit_block", { path, old_text: "SECRET", new_text: "NEW" }],
    ["fast_safe_edit", { path, old_text: "SECRET", new_text: "NEW" }],
    ["fast_edit_multiple_blocks", { path, edits: [{ old_text: "SECRET", new_text: "NEW" }] }],
    ["fast_edit_blocks", { path, edits: [{ old_text: "SECRET", new_text: "NEW" }] }],
    ["fast_extract_lines", { path, start_line: 1, end_line: 2 }],
    ["fast_copy_file", { source: path, destination: "drafts/copy" }],
    ["fast_copy_file", { source: "a.txt", destination: path, overwrite: true }],
    ["fast_move_file", { source: path, destination: "drafts/moved" }],
    ["fast_move_file", { source: "a.txt", destination: path, overwrite: true }],
    ["fast_delete_file", { path, recursive: true, force: true }],
    [
      "fast_batch_file_operations",
      { operations: [{ operation: "delete", source: path }], create_backup: false },
    ],
    ["fast_sync_directories", { source_dir: path, target_dir: "drafts/synced" }],
  ],
};

export const publishedServers = [official, fast];

/** The folders that rules keep from the agent. */
export const keptFolders = ["private", "\u{fc}ber"];

/** What an output has in it that tells of the kept folders; no call says it by itself. */
export const ofKept = /hidden words|hidden-name/;

/** Makes `notes` anew: files that say what they are, kept folders, and links into them. */
export function makeNotes(notes: string): void {
  rmSync(notes, { recursive: true, force: true });
  for (const folder of ["drafts", "private/.ssh", "\u{fc}ber"]) {
    mkdirSync(join(notes, folder), { recursive: true });
  }
  writeFileSync(join(notes, "a.txt"), "PUBLIC: open words\n");
  writeFileSync(join(notes, "drafts/a.txt"), "DRAFT\n");
  writeFileSync(join(notes, "private/secret.txt"), "SECRET: hidden words\n");
  writeFileSync(join(notes, "private/.ssh/id.pem"), "SECRET: hidden words\n");
  writeFileSync(join(notes, "\u{fc}ber/secret.txt"), "SECRET: hidden words\n");
  writeFileSync(join(notes, "private/.ssh/hidden-name"), "");
  symlinkSync("private", join(notes, "link"));
  symlinkSync("../link", join(notes, "drafts/chain"));
  symlinkSync("../private/secret.txt", join(notes, "drafts/file-link"));
  symlinkSync("../private/new.txt", join(notes, "drafts/dangling"));
}

/** The files below a folder and what is in them, links not followed. */
export function filesBelow(folder: string, prefix = ""): Record<string, string> {
  const entries = readdirSync(join(folder, prefix), { withFileTypes: true });
  const lists = entries.map((entry): Record<string, string> => {
    const path = join(prefix, entry.name);
    if (entry.isDirectory()) return filesBelow(folder, path);
    return { [path]: entry.isFile() ? readFileSync(join(folder, path), "utf8") : "link" };
  });
  return Object.assign({}, ...lists);
}

/** Ways to say a path below `notes`, from which relative ones count. */
export function spellings(notes: string): string[] {
  const inKept = ["private", "private/.ssh/id.pem", "private/new.txt"];
  return [
    ...inKept.flatMap((path) => [
      path,
      `drafts/../${path}`,
      path.replace("private", "drafts/chain"),
    ]),
    ...["private/secret.txt"].flatMap((path) => [
      path,
      `./${path}`,
      `${path}/`,
      `drafts/../${path}`,
      `drafts/none/../../${path}`,
      path.replace("/", "//"),
      path.replace("/", "/./"),
      join(notes, path),
      `/${join(notes, path)}`,
      `${notes}/drafts/..//./${path}`,
      `/proc/self/root${join(notes, path)}`,
      path.replace("private", "link"),
      path.replace("private", "drafts/chain"),
      path.replace("private", "drafts/chain/../private"),
      path.replace("private", "%70rivate"),
      `%2e/${path.replace("/", "%2F")}`,
      `file://${join(notes, path)}`,
      path.replace("/", "\\"),
      ` ${path}`,
      `${path}\0.txt`,
    ]),
    "drafts/file-link",
    "drafts/dangling",
    "PRIVATE/secret.txt",
    "\u{fc}ber/secret.txt",
    "u\u{308}ber/secret.txt",
    "u\u{308}ber/new.txt",
    "u\u{308}ber",
    "",
    ".",
    "../support/",
    "drafts/..",
    notes,
    `${notes}/`,
    "..",
    "~/none.txt",
    "~root/notes",
    `${"drafts/".repeat(700)}a.txt`,
    `${"x".repeat(300)}.txt`,
  ];
}
