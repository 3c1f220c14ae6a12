import { isJsonObject, type JsonValue } from "../lib/json.ts";

interface Edit {
  readonly oldText: string;
  readonly newText: string;
}

/**
 * What `edit_file` of `@modelcontextprotocol/server-filesystem` makes of a file (`applyFileEdits` of
 * its version 2026.8.31): each edit once, where its text stands, or where its lines stand but for
 * the white space around them. `undefined` where it would refuse.
 */
export function editedText(text: string, edits: JsonValue | undefined): string | undefined {
  if (!Array.isArray(edits)) return undefined;
  let now = withPlainEnds(text);
  for (const each of edits) {
    const edit = toEdit(each);
    const next = edit && applied(now, edit);
    if (next === undefined) return undefined;
    now = next;
  }
  return now;
}

function toEdit(value: JsonValue): Edit | undefined {
  if (!isJsonObject(value)) return undefined;
  const { oldText, newText } = value;
  if (typeof oldText !== "string" || typeof newText !== "string") return undefined;
  return { oldText: withPlainEnds(oldText), newText: withPlainEnds(newText) };
}

function withPlainEnds(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

function applied(text: string, { oldText, newText }: Edit): string | undefined {
  if (text.includes(oldText)) return text.replace(oldText, () => newText);
  const [lines, old] = [text.split("\n"), oldText.split("\n")];
  const at = lines.findIndex((_, start) =>
    old.every((line, index) => lines[start + index]?.trim() === line.trim()),
  );
  if (at < 0 || at + old.length > lines.length) return undefined;
  const indent = indentOf(lines[at]);
  const put = newText.split("\n").map((line, index) => {
    if (index === 0) return indent + line.trimStart();
    const [before, after] = [indentOf(old[index]), indentOf(line)];
    if (before === "" || after === "") return line;
    return indent + " ".repeat(Math.max(0, after.length - before.length)) + line.trimStart();
  });
  lines.splice(at, old.length, ...put);
  return lines.join("\n");
}

function indentOf(line = ""): string {
  return /^\s*/.exec(line)?.[0] ?? "";
}
