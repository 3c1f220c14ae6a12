/** 1 kB of text, as most tools answer. */
export const OUTPUT = "The quick brown fox jumps over the lazy dog. ".repeat(23).slice(0, 1_000);
export const TOOL = "look";

/** A run of `turns` model calls: all but the last call the tool, the last one says so. */
export interface Script {
  turns: number;
  /** Milliseconds that a model call takes; 0 when absent. */
  modelMs?: number;
}

export async function pause(ms = 0): Promise<void> {
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * By how much is asked, so that many runs share one model: the input, and two items a turn. Counting
 * the calls among them would take longer than the rest of a late turn.
 */
export function turnOf(length: number): number {
  return (length - 1) / 2 + 1;
}

/** What models of the shape of `@openai/agents` answer, and ours. */
export function createAgentsModel<TUsage>(
  { turns, modelMs }: Script,
  createUsage: () => TUsage,
): {
  getResponse(request: AgentsRequest): Promise<AgentsResponse<TUsage>>;
  getStreamedResponse(): never;
} {
  return {
    async getResponse({ input }) {
      await pause(modelMs);
      const turn = turnOf(typeof input === "string" ? 1 : input.length);
      return {
        usage: createUsage(),
        responseId: `resp_${turn}`,
        output: [turn < turns ? agentsCall(turn) : agentsMessage],
      };
    },
    getStreamedResponse() {
      throw new Error("This model does not stream");
    },
  };
}

interface AgentsRequest {
  input: string | readonly unknown[];
}

export interface AgentsResponse<TUsage> {
  usage: TUsage;
  responseId: string;
  output: (ReturnType<typeof agentsCall> | typeof agentsMessage)[];
}

function agentsCall(turn: number) {
  return {
    type: "function_call" as const,
    id: `fc_${turn}`,
    callId: `call_${turn}`,
    name: TOOL,
    status: "completed" as const,
    arguments: JSON.stringify({ key: `key ${turn}` }),
  };
}

const agentsMessage = {
  type: "message" as const,
  role: "assistant" as const,
  status: "completed" as const,
  content: [{ type: "output_text" as const, text: "Done" }],
};
