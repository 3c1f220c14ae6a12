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
    const requests = more.requests ?? 0;
    this.requests += requests;
    this.inputTokens += more.inputTokens ?? 0;
    this.outputTokens += more.outputTokens ?? 0;
    this.totalTokens += more.totalTokens ?? 0;
    this.inputTokensDetails.push(...toDetails(more.inputTokensDetails));
    this.outputTokensDetails.push(...toDetails(more.outputTokensDetails));
    if (more.requestUsageEntries !== undefined && more.requestUsageEntries.length > 0) {
      this.requestUsageEntries = [...(this.requestUsageEntries ?? []), ...more.requestUsageEntries];
    } else if (requests === 1) {
      (this.requestUsageEntries ??= []).push({
        inputTokens: more.inputTokens ?? 0,
        outputTokens: more.outputTokens ?? 0,
        totalTokens: more.totalTokens ?? 0,
        inputTokensDetails: toDetails(more.inputTokensDetails)[0] ?? {},
        outputTokensDetails: toDetails(more.outputTokensDetails)[0] ?? {},
      });
    }
  }
}
