import {
  Agent,
  Runner,
  Usage,
  type AgentInputItem,
  type AssistantMessageItem,
  type Model,
  type ModelProvider,
  type ModelRequest,
  type ModelResponse,
  type ModelSettings,
  type Session,
  type StreamEvent,
} from "@openai/agents";

const echoed: AssistantMessageItem = {
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "Echo." }],
};

class EchoModel implements Model {
  async getResponse(request: ModelRequest): Promise<ModelResponse> {
    const asked = typeof request.input === "string" ? 1 : request.input.length;
    const usage = new Usage({ requests: 1, inputTokens: asked, outputTokens: 1, totalTokens: 2 });
    return { usage, output: [echoed], responseId: "resp_1" };
  }

  async *getStreamedResponse(request: ModelRequest): AsyncIterable<StreamEvent> {
    const { usage } = await this.getResponse(request);
    const { inputTokens, outputTokens, totalTokens } = usage;
    yield { type: "response_started" };
    yield {
      type: "response_done",
      response: {
        id: "resp_1",
        output: [echoed],
        usage: { inputTokens, outputTokens, totalTokens },
      },
    };
  }
}

class EchoProvider implements ModelProvider {
  getModel(_name?: string): Model {
    return new EchoModel();
  }
}

class ListSession implements Session {
  #items: AgentInputItem[] = [];

  async getSessionId(): Promise<string> {
    return "list";
  }

  async getItems(limit?: number): Promise<AgentInputItem[]> {
    return limit === undefined ? [...this.#items] : this.#items.slice(-limit);
  }

  async addItems(items: AgentInputItem[]): Promise<void> {
    this.#items.push(...items);
  }

  async popItem(): Promise<AgentInputItem | undefined> {
    return this.#items.pop();
  }

  async clearSession(): Promise<void> {
    this.#items = [];
  }
}

const modelSettings: ModelSettings = {
  temperature: 0.5,
  toolChoice: "required",
  parallelToolCalls: false,
  reasoning: { effort: "low" },
  providerData: { service_tier: "flex" },
};

export async function main(): Promise<void> {
  const runner = new Runner({ modelProvider: new EchoProvider(), modelSettings });
  runner.on("agent_tool_end", (_context, agent, tool, result, { toolCall }) => {
    process.stdout.write(`${agent.name} ${tool.name} ${result} ${toolCall.type}`);
  });
  const agent = new Agent({ name: "Echo", model: new EchoModel(), modelSettings });
  agent.on("agent_start", (context, started) => {
    process.stdout.write(`${started.name} ${context.usage.totalTokens}`);
  });
  const copy = agent.clone({ name: "Copy", instructions: "Repeat." });
  const result = await runner.run(copy, "Hello", {
    session: new ListSession(),
    callModelInputFilter: async ({ modelData }) => ({
      ...modelData,
      input: modelData.input.slice(-5),
    }),
    errorHandlers: { maxTurns: () => ({ finalOutput: "Out of turns.", includeInHistory: false }) },
  });
  let tokens = 0;
  for (const { usage } of result.rawResponses) tokens += usage.totalTokens;
  process.stdout.write(`${tokens}`);
}
