import { type JsonObject, type JsonValue, isJsonObject } from "../lib/json.ts";
import { isReadOnly, type ServerTool } from "./definition.ts";
import { editedText } from "./edited-text.ts";
import type { PreviewPlan } from "./preview-plan.ts";

/** What tools of `@modelcontextprotocol/server-filesystem` take, and which of them it says only read. */
const tools: Readonly<Record<string, { takes: readonly string[]; reads?: true }>> = {
  read_text_file: { takes: ["path"], reads: true },
  get_file_info: { takes: ["path"], reads: true },
  list_allowed_directories: { takes: [], reads: true },
  write_file: { takes: ["path", "content"] },
  edit_file: { takes: ["path", "edits", "dryRun"] },
  create_directory: { takes: ["path"] },
  move_file: { takes: ["source", "destination"] },
};

const known = new WeakMap<readonly ServerTool[], boolean>();

/** Whether a server is that one: it has its tools, with their arguments, and says of them the same. */
export function isFilesystem(list: readonly ServerTool[]): boolean {
  const is = known.get(list) ?? hasTools(list);
  known.set(list, is);
  return is;
}

function hasTools(list: readonly ServerTool[]): boolean {
  return Object.entries(tools).every(([name, { takes, reads = false }]) => {
    const tool = list.find((each) => each.name === name);
    if (tool === undefined || isReadOnly(tool) !== reads) return false;
    const { properties } = tool.parameters;
    return takes.every((each) => isJsonObject(properties) && Object.hasOwn(properties, each));
  });
}

type Look = (args: JsonObject) => PreviewPlan;

/** How calls of its tools are shown. */
export const builtInLooks: ReadonlyMap<string, Look> = new Map<string, Look>([
  [
    "write_file",
    ({ path = "", content }) => ({
      ...readsText(path),
      after: () => (typeof content === "string" ? content : undefined),
    }),
  ],
  [
    "edit_file",
    ({ path = "", edits }) => ({ ...readsText(path), after: (text) => editedText(text, edits) }),
  ],
  [
    "create_directory",
    ({ path = "" }) => ({
      looks: [{ tool: "get_file_info", args: { path }, mayBeAbsent: true }],
      bind: "whether something stands at that place",
      // Whatever is put into a directory changes the rest of what is said of it.
      clean: (text) => text.match(/^is(?:Directory|File): .*$/gm)?.join("\n") ?? text,
      after(text) {
        if (text === "") return `directory ${nameOf(path)}\n`;
        return /^isDirectory: true$/m.test(text) ? text : undefined;
      },
    }),
  ],
  [
    "move_file",
    ({ source = "", destination = "" }) => ({
      looks: [
        { tool: "get_file_info", args: { path: source } },
        { tool: "get_file_info", args: { path: destination } },
      ],
      bind: "what stands at both places",
      // Whoever reads a file changes when it was read last.
      clean: (text) => text.replaceAll(/^accessed: .*\n?/gm, ""),
    }),
  ],
]);

function nameOf(path: JsonValue): string {
  return typeof path === "string" ? path : JSON.stringify(path);
}

function readsText(path: JsonValue): Pick<PreviewPlan, "looks" | "bind"> {
  return { looks: [{ tool: "read_text_file", args: { path } }], bind: "the text of the file" };
}
