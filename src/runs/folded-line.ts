import { sha256Hex } from "../lib/digest.ts";
import { visibleLine } from "./shown-text.ts";

/**
 * At most `limit` characters of one line; of a longer one its head, its length and the first 12
 * hex digits of its SHA-256, so that two that differ in the hidden part differ in what is shown.
 */
export function foldedLine(text: string, limit: number): { text: string; truncated: boolean } {
  const line = visibleLine(text);
  if (line.length <= limit) return { text: line, truncated: false };
  const note = ` ... (${text.length} characters, sha256 ${sha256Hex(text).slice(0, 12)})`;
  const head = line.slice(0, Math.max(0, limit - note.length)).replace(/[\ud800-\udbff]$/u, "");
  return { text: head + note, truncated: true };
}
