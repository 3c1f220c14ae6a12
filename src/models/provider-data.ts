import type { ModelSettings } from "../agents/model.ts";
import { isJsonObject } from "../lib/json.ts";

type Wire = Record<string, unknown>;

/** What `modelSettings.providerData` asks for, by where it goes. */
export interface ProviderData {
  /** Fields of the body, as the provider names them. */
  further: Wire;
  /** Fields of the body that go before all others. */
  extra: Wire | undefined;
  headers: Record<string, string> | undefined;
  query: Wire | undefined;
}

export function splitProviderData(settings: ModelSettings): ProviderData {
  const data = { ...settings.providerData };
  const take = (snake: string, camel: string): Wire | undefined => {
    const value = data[snake] ?? data[camel];
    delete data[snake];
    delete data[camel];
    return isJsonObject(value) ? value : undefined;
  };
  const extra = take("extra_body", "extraBody");
  const headers = take("extra_headers", "extraHeaders");
  const query = take("extra_query", "extraQuery");
  return { further: data, extra, headers: headers && toTexts(headers), query };
}

function toTexts(headers: Wire): Record<string, string> {
  const texts = Object.entries(headers).flatMap(([name, text]) =>
    typeof text === "string" ? [[name, text]] : [],
  );
  return Object.fromEntries(texts);
}
