import { Agent, run, RunContext, Runner, tool, type Tool } from "@openai/agents";
import { z } from "zod";

interface UserInfo {
  name: string;
  uid: number;
}

const fetchUserAge = tool({
  name: "fetch_user_age",
  description: "The age of the user.",
  parameters: z.object({}),
  execute: async (_args, runContext?: RunContext<UserInfo>): Promise<string> =>
    `User ${runContext?.context.name} is 47 years old`,
});

const rename = tool<typeof renameParameters, UserInfo>({
  name: "rename",
  description: "Renames the user.",
  parameters: z.object({ name: z.string() }),
  execute: ({ name }, context) => {
    if (context !== undefined) context.context.name = name;
    return name;
  },
});
const renameParameters = z.object({ name: z.string() });

const tools: Tool<UserInfo>[] = [fetchUserAge, rename];

const agent = new Agent<UserInfo>({
  name: "Assistant",
  instructions: (runContext: RunContext<UserInfo>) => `Help ${runContext.context.name}.`,
  tools: [...tools, fetchUserAge],
});

export async function main(): Promise<string | undefined> {
  const context: UserInfo = { name: "Ann", uid: 1 };
  const first = await run(agent, "What is my age?", { context });
  const runner = new Runner({ workflowName: "ages", tracingDisabled: true });
  const second = await runner.run(agent, first.history, {
    context: new RunContext(context),
    maxTurns: 3,
  });
  const info: UserInfo = second.runContext.context;
  return info.name + (second.finalOutput ?? "");
}
