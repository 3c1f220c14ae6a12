import {
  Agent,
  run,
  Runner,
  type RunItem,
  type RunStreamEvent,
  type StreamedRunResult,
} from "@openai/agents";

const agent = new Agent({ name: "Teller", instructions: "Tell stories." });

function describe(event: RunStreamEvent): string {
  if (event.type === "raw_model_stream_event") {
    return event.data.type === "output_text_delta" ? event.data.delta : event.data.type;
  }
  if (event.type === "agent_updated_stream_event") return event.agent.name;
  return `${event.name}: ${describeItem(event.item)}`;
}

function describeItem(item: RunItem): string {
  switch (item.type) {
    case "message_output_item":
      return item.content;
    case "tool_call_output_item":
      return String(item.output);
    case "tool_approval_item":
      return item.name ?? "";
    case "handoff_output_item":
      return `${item.sourceAgent.name} ${item.targetAgent.name}`;
    default:
      return item.type;
  }
}

export async function main(): Promise<void> {
  const stream = await run(agent, "Tell.", { stream: true });
  for await (const event of stream) describe(event);
  await stream.completed;
  // oxlint-disable-next-line typescript/no-explicit-any -- no other argument fits all agents
  const other: StreamedRunResult<undefined, any> = await new Runner().run(agent, "Tell.", {
    stream: true,
    signal: AbortSignal.timeout(1_000),
  });
  other.toTextStream({ compatibleWithNodeStreams: true }).pipe(process.stdout);
  await other.completed;
  const text: string | undefined = other.finalOutput;
  const next = await run(agent, other.state, { stream: true });
  for await (const chunk of next.toTextStream()) process.stdout.write(chunk);
  process.stdout.write(`${text} ${other.currentTurn} ${other.cancelled}`);
}
