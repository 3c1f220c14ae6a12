import type { OutputFields } from "../engine/tool.ts";
import { isJsonObject, isPlainJson } from "../lib/json.ts";
import type {
  FunctionCallItem,
  FunctionCallResultItem,
  InputContent,
  InputFile,
  InputImage,
} from "./items.ts";
import { cutOutput } from "./limits.ts";

/** What a program hands over: any fields, any values. */
type Fields = Record<string, unknown>;

/**
 * The item that answers `call` with what a tool returned. Texts, images and files of the form
 * `{ type: "text" | "image" | "file", ... }`, alone or in a list of nothing else, are kept as such,
 * bytes in base64; everything else becomes text: JSON where there is any. Never throws.
 */
export function toFunctionCallResult(
  call: FunctionCallItem,
  output: unknown,
): FunctionCallResultItem {
  return resultItem(call, toItemOutput(output));
}

/** The item that answers `call` with an output that is ready; texts become parts. */
export function resultItem(
  call: FunctionCallItem,
  output: FunctionCallResultItem["output"],
): FunctionCallResultItem {
  return {
    type: "function_call_result",
    name: call.name,
    ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
    callId: call.callId,
    status: "completed",
    output: typeof output === "string" ? { type: "text", text: output } : output,
  };
}

/** What is kept of an output that is longer than a journal should hold. */
export function clipOutput(value: unknown, limit: number): unknown {
  const output = toItemOutput(value);
  const text = textOfOutput(output);
  if (text !== undefined) return text.length <= limit ? value : cutOutput(text, limit);
  const { length } = JSON.stringify(output);
  if (length <= limit) return value;
  return `This output was left out: it has ${length} characters as JSON, and ${limit} is the most.`;
}

/** An output as the journal has it. */
export function toOutputFields(value: unknown, note: string | undefined): OutputFields {
  const output = toItemOutput(value);
  const text = textOfOutput(output);
  if (text !== undefined) {
    if (note !== undefined) return { output: `${note}\n${text}` };
    return isJsonText(value, text) ? { output: text, json: true } : { output: text };
  }
  const parts = output as unknown as NonNullable<OutputFields["output"]>;
  if (note === undefined) return isPlainJson(value) ? { returned: value } : { output: parts };
  return Array.isArray(parts)
    ? { output: [{ type: "input_text", text: note }, ...parts] }
    : { output: parts };
}

/** The text of an output that is nothing else; `undefined` for parts. */
function textOfOutput(output: FunctionCallResultItem["output"]): string | undefined {
  if (typeof output === "string") return output;
  return !Array.isArray(output) && output.type === "text" ? output.text : undefined;
}

/** Whether the text tells what the tool returned, which is no text. */
function isJsonText(value: unknown, text: string): boolean {
  if (typeof value === "string") return false;
  if (value === undefined) return text === "undefined";
  try {
    return JSON.stringify(value) === text;
  } catch {
    return false;
  }
}

function toItemOutput(output: unknown): FunctionCallResultItem["output"] {
  if (typeof output === "string") return output;
  try {
    return toContents(output) ?? { type: "text", text: toText(output) };
  } catch {
    // Cycles, bigints inside, and objects whose own code throws.
    return { type: "text", text: "[object with circular references]" };
  }
}

/** The parts of a structured output; undefined when there is one of an unknown form, or none. */
function toContents(output: unknown): InputContent[] | undefined {
  const parts: unknown[] = Array.isArray(output) ? output : [output];
  const contents = parts.flatMap((part) => toContent(part) ?? []);
  return parts.length > 0 && contents.length === parts.length ? contents : undefined;
}

function toContent(part: unknown): InputContent | undefined {
  if (!isJsonObject(part)) return undefined;
  const content = toBareContent(part);
  const { providerData } = part;
  if (content === undefined || !isJsonObject(providerData)) return content;
  return { ...content, providerData };
}

function toBareContent(part: Fields): InputContent | undefined {
  const { type, text } = part;
  if (type === "text" && typeof text === "string") return { type: "input_text", text };
  if (type === "image") return toImage(part);
  return type === "file" ? toFile(part) : undefined;
}

function toImage(part: Fields): InputImage | undefined {
  const { image, imageUrl, detail } = part;
  const nested = isJsonObject(image) ? toImageSource(image) : nonEmpty(image);
  const source = nested ?? toImageSource({ ...part, url: imageUrl, id: undefined });
  if (source === undefined) return undefined;
  const how = nonEmpty(detail);
  return { type: "input_image", image: source, ...(how === undefined ? {} : { detail: how }) };
}

function toImageSource({ url, data, mediaType, fileId, id }: Fields): InputImage["image"] {
  const location = nonEmpty(url) ?? toDataUrl(data, nonEmpty(mediaType));
  if (location !== undefined) return location;
  const file = nonEmpty(fileId) ?? nonEmpty(id);
  return file === undefined ? undefined : { id: file };
}

function toFile(part: Fields): InputFile | undefined {
  const { file, fileUrl, fileId, fileData, mediaType, filename } = part;
  if (nonEmpty(file) !== undefined) return { type: "input_file", file: String(file) };
  const nested = isJsonObject(file) ? toFileContent(file) : undefined;
  return nested ?? toFileContent({ data: fileData, url: fileUrl, id: fileId, mediaType, filename });
}

/** File contents need a name and a type; without them they are not sent as a file at all. */
function toFileContent(fields: Fields): InputFile | undefined {
  const filename = nonEmpty(fields["filename"]);
  const mediaType = nonEmpty(fields["mediaType"]);
  const named = filename === undefined ? {} : { filename };
  const data = toDataUrl(fields["data"], mediaType);
  if (data !== undefined) {
    const complete = filename !== undefined && mediaType !== undefined;
    return complete ? { type: "input_file", file: data, filename } : undefined;
  }
  const url = nonEmpty(fields["url"]);
  if (url !== undefined) return { type: "input_file", file: { url }, ...named };
  const id = nonEmpty(fields["id"]) ?? nonEmpty(fields["fileId"]);
  return id === undefined ? undefined : { type: "input_file", file: { id }, ...named };
}

/** A data URL as it is or made of base64 and a type; without a type the bare base64. */
function toDataUrl(data: unknown, mediaType: string | undefined): string | undefined {
  const text = data instanceof Uint8Array ? Buffer.from(data).toString("base64") : data;
  const base64 = nonEmpty(text);
  if (base64 === undefined || mediaType === undefined || base64.startsWith("data:")) return base64;
  return `data:${mediaType};base64,${base64}`;
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function toText(value: unknown): string {
  const bytes = toBytes(value);
  if (bytes !== undefined) return describeBytes(bytes);
  const isObject = typeof value === "object" && value !== null;
  return (isObject ? JSON.stringify(value, describeNestedBytes) : undefined) ?? String(value);
}

/** A `JSON.stringify` replacer; looks at the holder, since a Buffer has turned itself to JSON. */
function describeNestedBytes(this: Fields, key: string, value: unknown): unknown {
  const bytes = toBytes(this[key]);
  return bytes === undefined ? value : describeBytes(bytes);
}

function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

const maxBytesShown = 20;

function describeBytes(bytes: Uint8Array): string {
  const shown = [...bytes.subarray(0, maxBytesShown)].map(
    (byte) => `0x${byte.toString(16).padStart(2, "0")}`,
  );
  const more = bytes.length > maxBytesShown ? ["…"] : [];
  return `[${["byte array", ...shown, ...more, `(${bytes.length} bytes)`].join(" ")}]`;
}
