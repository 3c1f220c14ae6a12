import type {
  AssistantMessageItem,
  FunctionCallResultItem,
  InputContent,
  InputFile,
  ToolOutputContent,
  ToolOutputFile,
  ToolOutputImage,
} from "../agents/items.ts";
import { defined, further, unsupported, type Wire } from "./wire.ts";

/** A part of what a user or the system says. */
export function toInputPart(part: InputContent): Wire {
  switch (part.type) {
    case "input_text":
      return {
        ...further(part.providerData, ["type", "text"]),
        type: "input_text",
        text: part.text,
      };
    case "input_image":
      return {
        ...further(part.providerData, ["type", "image_url", "file_id", "detail"]),
        type: "input_image",
        detail: part.detail ?? "auto",
        ...toImageSource(part.image),
      };
    case "input_file":
      return { ...further(part.providerData, fileFields), ...toFilePart(part) };
    default:
      throw unsupported("content", part);
  }
}

/** The same back; `undefined` for what is no such part. */
export function fromInputPart(part: Wire): InputContent | undefined {
  const { type, text, detail, filename, file_data: data } = part;
  const { image_url: imageUrl, file_id: fileId, file_url: fileUrl } = part;
  const byId = typeof fileId === "string" ? { id: fileId } : undefined;
  if (type === "input_text") return typeof text === "string" ? { type, text } : undefined;
  if (type === "input_image") {
    const image = typeof imageUrl === "string" ? imageUrl : byId;
    const shown = typeof detail === "string" && detail !== "auto" ? { detail } : {};
    return { type, ...(image === undefined ? {} : { image }), ...shown };
  }
  if (type !== "input_file") return undefined;
  const byUrl = typeof fileUrl === "string" ? { url: fileUrl } : byId;
  const file = typeof data === "string" ? data : byUrl;
  const named = typeof filename === "string" ? { filename } : {};
  return { type, ...(file === undefined ? {} : { file }), ...named };
}

/** A part of what a model says. */
export function toOutputPart(part: AssistantMessageItem["content"][number]): Wire {
  switch (part.type) {
    case "output_text":
      return {
        annotations: [],
        ...further(part.providerData, ["type", "text"]),
        type: "output_text",
        text: part.text,
      };
    case "refusal":
      return {
        ...further(part.providerData, ["type", "refusal"]),
        type: "refusal",
        refusal: part.refusal,
      };
    default:
      throw unsupported("content", part);
  }
}

/** What a tool put out: a text, or parts. */
export function toOutput(output: FunctionCallResultItem["output"]): string | Wire[] {
  if (typeof output === "string") return output;
  if (!Array.isArray(output)) return toSingleOutput(output);
  return output.map((part) => {
    switch (part.type) {
      case "input_text":
        return { type: "input_text", text: part.text };
      case "input_image":
        return defined({
          type: "input_image",
          ...toImageSource(part.image),
          detail: part.detail,
        });
      case "input_file":
        return toFilePart(part);
      default:
        throw unsupported("tool output", part);
    }
  });
}

function toSingleOutput(output: ToolOutputContent): string | Wire[] {
  switch (output.type) {
    case "text":
      return output.text;
    case "image":
      return [
        defined({ type: "input_image", ...fromToolImage(output.image), detail: output.detail }),
      ];
    case "file":
      return [defined({ type: "input_file", ...fromToolFile(output.file) })];
    default:
      throw unsupported("tool output", output);
  }
}

function fromToolImage(image: ToolOutputImage["image"]): Wire {
  if (image === undefined) return {};
  if (typeof image === "string") return { image_url: image };
  if ("url" in image) return { image_url: image.url };
  if ("fileId" in image) return { file_id: image.fileId };
  return { image_url: toDataUrl(image.data, image.mediaType) };
}

function fromToolFile(file: ToolOutputFile["file"]): Wire {
  if (typeof file === "string") return toFileSource(file);
  const { filename } = file;
  if ("url" in file) return { file_url: file.url, filename };
  if ("id" in file) return { file_id: file.id, filename };
  return { file_data: toDataUrl(file.data, file.mediaType), filename };
}

function toDataUrl(data: string, mediaType: string | undefined): string {
  if (mediaType === undefined || data.startsWith("data:")) return data;
  return `data:${mediaType};base64,${data}`;
}

const fileFields = ["type", "file_id", "file_url", "file_data", "filename"];

function toFilePart({ file, filename }: InputFile): Wire {
  return defined({ type: "input_file", ...toFileSource(file), filename });
}

function toImageSource(image: string | { id: string } | undefined): Wire {
  if (image === undefined) return {};
  return typeof image === "string" ? { image_url: image } : { file_id: image.id };
}

function toFileSource(file: InputFile["file"]): Wire {
  if (file === undefined) return {};
  if (typeof file !== "string") {
    return "url" in file ? { file_url: file.url } : { file_id: file.id };
  }
  return isWebAddress(file) ? { file_url: file } : { file_data: file };
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}
