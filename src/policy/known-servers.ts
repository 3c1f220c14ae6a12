import type { PathArgument } from "./path-declaration.ts";

/** How a server is started or reached. */
export interface ServerStart {
  readonly command?: string | undefined;
  readonly args?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  readonly url?: string | undefined;
}

/** What is known of a published server of files. */
export interface KnownServer {
  /** The folders it was given, as they stand in its arguments; relative paths count from the first. */
  readonly roots: readonly string[];
  readonly tools: ReadonlyMap<string, readonly PathArgument[]>;
}

interface Published {
  /** The argument that starts it: a package, a file of it, or an image. */
  word: RegExp;
  /** Whether what comes after that word are its roots, from the first of which relative paths count. */
  hasRoots: boolean;
  tools: Record<string, PathArgument[]>;
}

const one = (at: string): PathArgument => ({ at });
const tree = (at: string): PathArgument => ({ at, reach: "tree" });
/** Acts on the name, and on all that lies below it. */
const entry = (at: string): PathArgument => ({ at, reach: "tree", itself: true });

// Read in the source of version 2026.8.31: every path goes through its `validatePath`, which follows
// links, also for the file that is moved.
const filesystem: Published = {
  word: /(?:^|[\\/])(?:@modelcontextprotocol[\\/]server-filesystem|mcp-server-filesystem)(?=$|@|[\\/]|\.cmd$)|^mcp\/filesystem(?=$|:|@)/,
  hasRoots: true,
  tools: {
    read_file: [one("$.path")],
    read_text_file: [one("$.path")],
    read_media_file: [one("$.path")],
    read_multiple_files: [one("$.paths[*]")],
    write_file: [one("$.path")],
    edit_file: [one("$.path")],
    create_directory: [one("$.path")],
    list_directory: [one("$.path")],
    list_directory_with_sizes: [one("$.path")],
    directory_tree: [tree("$.path")],
    move_file: [tree("$.source"), tree("$.destination")],
    search_files: [tree("$.path")],
    get_file_info: [one("$.path")],
    list_allowed_directories: [],
  },
};

// Read in the source of version 3.5.2: paths count from its working directory; links are followed,
// but for what is moved or deleted. A backup is written beside the file.
const fastFilesystem: Published = {
  word: /(?:^|[\\/])fast-filesystem-mcp(?=$|@|[\\/]|\.cmd$)/,
  hasRoots: false,
  tools: {
    fast_list_allowed_directories: [],
    fast_read_file: [one("$.path")],
    fast_read_multiple_files: [one("$.paths[*]")],
    fast_write_file: [one("$.path")],
    fast_large_write_file: [one("$.path")],
    fast_list_directory: [one("$.path")],
    fast_get_file_info: [one("$.path")],
    fast_create_directory: [one("$.path")],
    fast_search_files: [tree("$.path")],
    fast_search_code: [tree("$.path")],
    fast_get_directory_tree: [tree("$.path")],
    fast_get_disk_usage: [one("$.path")],
    fast_find_large_files: [tree("$.path")],
    fast_edit_block: [one("$.path")],
    fast_safe_edit: [one("$.path")],
    fast_edit_multiple_blocks: [one("$.path")],
    fast_edit_blocks: [one("$.path")],
    fast_extract_lines: [one("$.path")],
    fast_copy_file: [tree("$.source"), tree("$.destination")],
    fast_move_file: [entry("$.source"), entry("$.destination")],
    fast_delete_file: [entry("$.path")],
    fast_batch_file_operations: [
      entry("$.operations[*].source"),
      { ...entry("$.operations[*].destination"), optional: true },
    ],
    fast_compress_files: [tree("$.paths[*]"), one("$.output_path")],
    fast_extract_archive: [one("$.archive_path"), tree("$.extract_to")],
    fast_sync_directories: [tree("$.source_dir"), tree("$.target_dir")],
  },
};

const published = [filesystem, fastFilesystem];

/** The published server that is started so, if it is one. */
export function findKnownServer({ command = "", args = [] }: ServerStart): KnownServer | undefined {
  const words = [command, ...args];
  for (const { word, hasRoots, tools } of published) {
    const index = words.findIndex((each) => word.test(each));
    if (index < 0) continue;
    const after = hasRoots ? words.slice(index + 1) : [];
    const roots = after.filter((each) => each !== "--");
    return { roots, tools: new Map(Object.entries(tools)) };
  }
  return undefined;
}
