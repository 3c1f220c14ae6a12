export interface RequestUsage {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  inputTokensDetails?: Record<string, number> | undefined;
  outputTokensDetails?: Record<string, number> | undefined;
  endpoint?: string | undefined;
}

export interface UsageInput {
  requests?: number | undefined;
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
  totalTokens?: number | undefined;
  inputTokensDetails?: Record<string, number>[] | Record<string, number> | undefined;
  outputTokensDetails?: Record<string, number>[] | Record<string, number> | undefined;
  requestUsageEntries?: RequestUsage[] | undefined;
}

function toDetails(
  details: Record<string, number>[] | Record<string, number> | undefined,
): Record<string, number>[] {
  if (details === undefined) return [];
  return Array.isArray(details) ? details : [details];
}

/** Tokens used, added up; one request entry per model call. */
export class Usage {
  requests: number;
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  inputTokensDetails: Record<string, number>[];
  outputTokensDetails: Record<string, number>[];
  requestUsageEntries: RequestUsage[] | undefined;

  constructor(input: UsageInput = {}) {
    this.requests = input.requests ?? 0;
    this.inputTokens = input.inputTokens ?? 0;
    this.outputTokens = input.outputTokens ?? 0;
    this.totalTokens = input.totalTokens ?? 0;
    this.inputTokensDetails = [...toDetails(input.inputTokensDetails)];
    this.outputTokensDetails = [...toDetails(input.outputTokensDetails)];
    this.requestUsageEntries = input.requestUsageEntries?.slice();
  }

  add(more: UsageInput): void {
    const one = new Usage(more);
    this.requests += one.requests;
    this.inputTokens += one.inputTokens;
    this.outputTokens += one.outputTokens;
    this.totalTokens += one.totalTokens;
    this.inputTokensDetails.push(...one.inputTokensDetails);
    this.outputTokensDetails.push(...one.outputTokensDetails);
    const added = entriesOf(one);
    if (added.length > 0) (this.requestUsageEntries ??= []).push(...added);
  }
}

/** What a usage says of each request; of one alone, what it says itself. */
function entriesOf(usage: Usage): RequestUsage[] {
  const { requestUsageEntries = [], requests, inputTokens, outputTokens, totalTokens } = usage;
  if (requestUsageEntries.length > 0) return requestUsageEntries;
  if (requests !== 1) return [];
  const inputTokensDetails = usage.inputTokensDetails[0] ?? {};
  const outputTokensDetails = usage.outputTokensDetails[0] ?? {};
  return [{ inputTokens, outputTokens, totalTokens, inputTokensDetails, outputTokensDetails }];
}
