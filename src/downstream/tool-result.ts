import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";

import type { ToolOutputContent } from "../agents/items.ts";
import { canonicalJson } from "../lib/json.ts";
import type { Redact } from "./secrets.ts";

/** Characters of all texts of one result together. */
const MAX_TEXT = 100_000;
/** Characters of base64 of one image: 5 MB of it are what model APIs take. */
const MAX_IMAGE = 5_000_000;
const MAX_IMAGES = 8;

type Content = CallToolResult["content"][number];

/**
 * What the model is shown of a result: texts and images within caps, everything else named. The
 * structure is added where the texts do not tell it.
 */
export function toToolOutput(
  { content, structuredContent, isError }: CallToolResult,
  redact: Redact,
): string | ToolOutputContent[] {
  const parts = content.map((part) => toPart(part));
  const told = parts.flatMap((part) => (part.type === "text" ? [part.text] : []));
  if (structuredContent !== undefined && !tells(told, structuredContent)) {
    parts.push({ type: "text", text: JSON.stringify(structuredContent) });
  }
  if (isError === true) parts.unshift({ type: "text", text: "The tool reported an error:" });
  const capped = withinCaps(parts, redact);
  if (capped.every((part) => part.type === "text")) {
    return capped.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  }
  return capped;
}

/** Whether the texts say what the structure says: as JSON, or as its only member. */
function tells(texts: readonly string[], structure: Record<string, unknown>): boolean {
  const text = texts.join("\n");
  const [first, ...others] = Object.values(structure);
  if (others.length === 0 && first === text) return true;
  try {
    return canonicalJson(JSON.parse(text)) === canonicalJson(structure);
  } catch {
    return false;
  }
}

function toPart(part: Content): ToolOutputContent {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image":
      return toImage(part);
    case "audio":
      return note(`audio, ${part.mimeType}, ${part.data.length} characters of base64: not shown`);
    case "resource_link":
      return note(`resource ${part.name}: ${part.uri}`);
    case "resource": {
      const { resource } = part;
      if ("text" in resource) return { type: "text", text: `[${resource.uri}]\n${resource.text}` };
      const mimeType = resource.mimeType ?? "unknown type";
      if (mimeType.startsWith("image/")) return toImage({ data: resource.blob, mimeType });
      return note(`resource ${resource.uri}, ${mimeType}: not shown`);
    }
  }
}

function toImage({ data, mimeType }: { data: string; mimeType: string }): ToolOutputContent {
  if (data.length > MAX_IMAGE) {
    return note(`image, ${mimeType}, ${data.length} characters of base64: too large to show`);
  }
  return { type: "image", image: { data, mediaType: mimeType } };
}

/** A kind of image as it stands in a list of kinds: whatever else a server says there is left out. */
function withPlainType(part: ToolOutputContent, redact: Redact): ToolOutputContent {
  if (part.type !== "image" || typeof part.image !== "object" || !("data" in part.image)) {
    return part;
  }
  const { mediaType = "" } = part.image;
  const isPlain = /^image\/[a-z\d.+-]{1,40}$/i.test(mediaType) && redact(mediaType) === mediaType;
  return isPlain ? part : note("image of an unknown type: not shown");
}

function note(text: string): ToolOutputContent {
  return { type: "text", text: `[${text}]` };
}

function withinCaps(parts: readonly ToolOutputContent[], redact: Redact): ToolOutputContent[] {
  let left = MAX_TEXT;
  let images = 0;
  return parts.map((part) => {
    if (part.type !== "text") {
      images += 1;
      return images > MAX_IMAGES ? note("one more image: not shown") : withPlainType(part, redact);
    }
    const text = redact(part.text);
    const shown = text.slice(0, left);
    left -= shown.length;
    if (shown.length === text.length) return { type: "text", text };
    const cut = `[cut here: ${text.length - shown.length} more characters]`;
    return { type: "text", text: `${shown}\n${cut}` };
  });
}
