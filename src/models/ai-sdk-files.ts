import { UserError } from "../agents/errors.ts";
import type { FunctionCallResultItem, InputContent, ToolOutputContent } from "../agents/items.ts";
import { optionsName, toOptions, type AiSdkTarget, type AiSdkObject } from "./ai-sdk-spec.ts";

/** An image or a file: its bytes as base64, where it lies, or what the provider calls it. */
interface Media {
  kind: "image" | "file";
  source: { data: string } | { url: string } | { id: string };
  mediaType: string;
  filename?: string | undefined;
}

const dataUrl = /^data:([^;,]+)(?:;[^;,]+)*;base64,([\s\S]*)$/i;

/**
 * What a user says, as parts.
 *
 * @throws UserError for a file whose type is not known, or that this version can name by no id
 */
export function toUserParts(
  target: AiSdkTarget,
  content: string | readonly InputContent[],
): AiSdkObject[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return content.map((part) => {
    const options = toOptions(target, part.providerData);
    if (part.type === "input_text") return { type: "text", text: part.text, ...options };
    const media = mediaOf(part);
    const { mediaType, filename } = media;
    const named = filename === undefined ? {} : { filename };
    return { type: "file", data: toData(target, media), mediaType, ...named, ...options };
  });
}

/** @throws UserError as `toUserParts` */
function toData(target: AiSdkTarget, { source, kind }: Media): unknown {
  const isTagged = target.version === "v4";
  if ("data" in source) return isTagged ? { type: "data", data: source.data } : source.data;
  if ("url" in source) {
    const url = new URL(source.url);
    return isTagged ? { type: "url", url } : url;
  }
  if (isTagged) return { type: "reference", reference: { [optionsName(target)]: source.id } };
  throw new UserError(
    `Cannot send ${kind === "image" ? "an image" : "a file"} by id to "${target.modelId}": use a data URL`,
  );
}

/** What a tool put out; texts stay texts where nothing else is among them. */
export function toToolOutput(
  target: AiSdkTarget,
  output: FunctionCallResultItem["output"],
): AiSdkObject {
  if (typeof output === "string") return { type: "text", value: output };
  const parts = Array.isArray(output) ? output : [output];
  const texts = parts.map((part) => textOf(part));
  if (texts.every((text) => text !== undefined)) return { type: "text", value: texts.join("") };
  const value = parts.map((part, index) => {
    const text = texts[index];
    return text === undefined ? toOutputMedia(target, mediaOf(part)) : { type: "text", text };
  });
  return { type: "content", value };
}

type AnyContent = InputContent | ToolOutputContent;

function textOf(part: AnyContent): string | undefined {
  return part.type === "input_text" || part.type === "text" ? part.text : undefined;
}

function toOutputMedia(target: AiSdkTarget, media: Media): AiSdkObject {
  const { kind, source, mediaType, filename } = media;
  const named = filename === undefined ? {} : { filename };
  if (target.version === "v4") {
    return { type: "file", data: toData(target, media), mediaType, ...named };
  }
  if (target.version === "v3") {
    if ("data" in source) return { type: `${kind}-data`, data: source.data, mediaType, ...named };
    if ("url" in source) return { type: `${kind}-url`, url: source.url };
    return { type: kind === "image" ? "image-file-id" : "file-id", fileId: source.id };
  }
  if ("data" in source) return { type: "media", data: source.data, mediaType };
  return { type: "text", text: "url" in source ? source.url : `[${kind} ${source.id}]` };
}

function mediaOf(part: AnyContent): Media {
  const { providerData } = part;
  if (part.type === "input_image" || part.type === "image") {
    const source = sourceOf(part.image, "image");
    return { kind: "image", mediaType: "image/*", ...source };
  }
  if (part.type !== "input_file" && part.type !== "file") {
    throw new UserError(`Cannot send content of type "${part.type}" to a model of the AI SDK`);
  }
  const { file } = part;
  const own = typeof file === "object" && "filename" in file ? file.filename : undefined;
  const filename = ("filename" in part ? part.filename : undefined) ?? own;
  const source = sourceOf(file, "file");
  const given = providerData?.["mediaType"];
  const mediaType =
    source.mediaType ?? (typeof given === "string" ? given : typeByName(source, filename));
  if (mediaType === undefined) {
    throw new UserError(
      "Cannot send a file whose type is not known: use a data URL, a name that ends in .pdf, or providerData.mediaType",
    );
  }
  return { kind: "file", source: source.source, mediaType, filename };
}

interface Found {
  source: Media["source"];
  mediaType?: string;
}

function typeByName({ source }: Found, filename: string | undefined): string | undefined {
  const path = "url" in source ? new URL(source.url).pathname : "";
  const isPdf = [filename, path].some((name) => name?.toLowerCase().endsWith(".pdf"));
  return isPdf ? "application/pdf" : undefined;
}

/** @throws UserError where nothing says what the file is */
function sourceOf(given: unknown, kind: Media["kind"]): Found {
  if (typeof given === "string") return fromText(given);
  const fields: AiSdkObject = typeof given === "object" && given !== null ? { ...given } : {};
  const { data, url, mediaType, id = fields["fileId"] } = fields;
  if (typeof data === "string") {
    return { source: { data }, ...(typeof mediaType === "string" && { mediaType }) };
  }
  if (typeof url === "string") return fromText(url);
  if (typeof id === "string") return { source: { id } };
  throw new UserError(`Cannot send an empty ${kind} to a model of the AI SDK`);
}

function fromText(text: string): Found {
  const [, mediaType, data] = dataUrl.exec(text) ?? [];
  if (mediaType !== undefined && data !== undefined) return { source: { data }, mediaType };
  return URL.canParse(text) ? { source: { url: text } } : { source: { data: text } };
}
