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
  input_tokens?: number | undefined;
  output_tokens?: number | undefined;
  total_tokens?: number | undefined;
  input_tokens_details?: Record<string, number>[] | Record<string, number> | undefined;
  output_tokens_details?: Record<string, number>[] | Record<string, number> | undefined;
  request_usage_entries?: UsageInput[] | undefined;
}

/** Names as OpenAI's API spells them, beside ours. */
function inOneSpelling(input: UsageInput): UsageInput {
  const entries = input.requestUsageEntries ?? input.request_usage_entries;
  const inputTokens = input.inputTokens ?? input.input_tokens ?? 0;
  const outputTokens = input.outputTokens ?? input.output_tokens ?? 0;
  return {
    requests: input.requests,
    inputTokens,
    outputTokens,
    totalTokens: input.totalTokens ?? input.total_tokens ?? inputTokens + outputTokens,
    inputTokensDetails: input.inputTokensDetails ?? input.input_tokens_details,
    outputTokensDetails: input.outputTokensDetails ?? input.output_tokens_details,
    requestUsageEntries: entries?.map((entry) => toRequestUsage(entry)),
  };
}

function toRequestUsage(entry: RequestUsage | UsageInput): RequestUsage {
  const { inputTokens = 0, outputTokens = 0, totalTokens = 0, ...rest } = inOneSpelling(entry);
  return {
    inputTokens,
    outputTokens,
    totalTokens,
    inputTokensDetails: toDetails(rest.inputTokensDetails)[0] ?? {},
    outputTokensDetails: toDetails(rest.outputTokensDetails)[0] ?? {},
    ...("endpoint" in entry && entry.endpoint !== undefined ? { endpoint: entry.endpoint } : {}),
  };
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

  constructor(given?: UsageInput) {
    const input = given === undefined ? {} : inOneSpelling(given);
    this.requests = input.requests ?? (given === undefined ? 0 : 1);
    this.inputTokens = input.inputTokens ?? 0;
    this.outputTokens = input.outputTokens ?? 0;
    this.totalTokens = input.totalTokens ?? 0;
    this.inputTokensDetails = [...toDetails(input.inputTokensDetails)];
    this.outputTokensDetails = [...toDetails(input.outputTokensDetails)];
    const entries = input.requestUsageEntries ?? [];
    this.requestUsageEntries = entries.length > 0 ? entries : undefined;
  }

  /** The same as the constructor. */
  static fromJSON(input: UsageInput): Usage {
    return new Usage(input);
  }

  add(more: UsageInput): void {
    const one = new Usage({ ...more, requests: more.requests ?? 0 });
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
