import { isJsonObject } from "./json.ts";

/** What headers ask to wait, in milliseconds: `retry-after-ms`, else seconds or a date. */
export function delayOf(headers: unknown): number | undefined {
  const ms = headerOf(headers, "retry-after-ms");
  if (ms !== undefined && Number(ms) >= 0) return Number(ms);
  const after = headerOf(headers, "retry-after");
  if (after === undefined) return undefined;
  if (Number(after) >= 0) return Math.round(Number(after) * 1_000);
  const until = Date.parse(after) - Date.now();
  return until > 0 ? until : undefined;
}

function headerOf(headers: unknown, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) || undefined;
  if (!isJsonObject(headers)) return undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof found === "string" && found !== "" ? found : undefined;
}
