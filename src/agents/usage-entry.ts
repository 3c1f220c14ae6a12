import type { UsageInput } from "./usage.ts";

/** The numbers of one call, without what is empty; what is no number counts as none. */
export function toUsageEntry(usage: UsageInput): UsageInput {
  const compact: UsageInput = {
    requests: toCount(usage.requests, 1),
    inputTokens: toCount(usage.inputTokens, 0),
    outputTokens: toCount(usage.outputTokens, 0),
    totalTokens: toCount(usage.totalTokens, 0),
  };
  const { inputTokensDetails, outputTokensDetails, requestUsageEntries } = usage;
  if (hasContent(inputTokensDetails)) compact.inputTokensDetails = inputTokensDetails;
  if (hasContent(outputTokensDetails)) compact.outputTokensDetails = outputTokensDetails;
  if (Array.isArray(requestUsageEntries) && hasContent(requestUsageEntries))
    compact.requestUsageEntries = requestUsageEntries;
  return compact;
}

function toCount(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
}

function hasContent(value: object | null | undefined): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}
