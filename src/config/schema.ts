import * as z from "zod";

import { approverLevels, DEFAULT_MAX_TURNS } from "../engine/vocabulary.ts";
import { lazy } from "../lib/lazy.ts";
import { pathDeclaration } from "../policy/path-declaration.ts";
import { policyRule } from "../policy/policy.ts";

const name = lazy(() => z.string().min(1));
const level = lazy(() => z.enum(approverLevels));

/** As hosts have it; keys of theirs that mean nothing here are left alone. */
const server = lazy(() =>
  z.looseObject({
    type: z
      .enum(["stdio", "http", "streamable-http", "streamableHttp"])
      .optional()
      .describe("Told by command or url where it is left out"),
    command: z.string().min(1).optional().describe("The program that is the server"),
    args: z.array(z.string()).optional(),
    env: z
      .record(z.string(), z.string())
      .optional()
      .describe("Environment of the server, besides home, path, shell, terminal and user"),
    cwd: z.string().min(1).optional().describe("Default: the directory of this file"),
    url: z.string().min(1).optional().describe("Address of a server over Streamable HTTP"),
    headers: z.record(z.string(), z.string()).optional(),
    disabled: z.boolean().optional(),
    trusted: z
      .boolean()
      .optional()
      .describe(
        "Believe this server where it says that a tool is read-only, and run such tools freely",
      ),
    timeoutMs: z.number().positive().optional().describe("For one call without progress"),
    paths: pathDeclaration()
      .optional()
      .describe("Which arguments of its tools are paths, for rules that speak of paths"),
  }),
);

const agent = lazy(() =>
  z.strictObject({
    name: name(),
    description: z.string().optional().describe("For those who choose an agent, and other agents"),
    instructions: z.string().optional(),
    instructionsFile: z.string().min(1).optional().describe("Path of a text file with them"),
    model: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Of OpenAI, or PROVIDER/MODEL: anthropic, google, ollama, openrouter, or one of yours",
      ),
    servers: z.array(name()).optional().describe("Names of mcpServers; default: all of them"),
    tools: z
      .array(z.string().min(1))
      .optional()
      .describe("Globs of tool, or server.tool; default: all tools of its servers"),
    handoffs: z.array(name()).optional().describe("Names of agents that it can hand over to"),
    agents: z.array(name()).optional().describe("Names of agents that it can use as tools"),
    maxTurns: z.int().positive().optional(),
  }),
);

const provider = lazy(() =>
  z.strictObject({
    api: z
      .enum(["responses", "chat"])
      .default("chat")
      .describe("OpenAI's Responses, or its Chat Completions, which most others speak"),
    baseUrl: z.url().describe("With the version in it, such as http://127.0.0.1:11434/v1"),
    apiKey: z.string().min(1).optional().describe("As ${NAME}, from the environment"),
  }),
);

const approvers = lazy(() =>
  z.strictObject({
    default: level().optional().describe("The least level that decides; default client"),
    agents: z.record(z.string(), level()).optional().describe("By name of the agent that asks"),
    run: level()
      .optional()
      .describe("Of questions about a run itself: more turns, a model call again; default confirm"),
    shared: z
      .boolean()
      .optional()
      .describe(
        "Whether a client may approve what another client, a terminal or a program asked for; default false",
      ),
    requireInteraction: z
      .boolean()
      .optional()
      .describe(
        "Whether hosts are told to ask their person at every approve; default true. Only without it may hosts that nobody sits at call approve",
      ),
    clientEdits: z
      .boolean()
      .optional()
      .describe("Whether the approve tool may change arguments; default false"),
  }),
);

const limits = lazy(() =>
  z.strictObject({
    maxTurns: z.int().positive().optional().describe(`Of a run; default ${DEFAULT_MAX_TURNS}`),
    askAtMaxTurns: z
      .boolean()
      .optional()
      .describe("At that limit, ask for more turns instead of failing; default false"),
    approvalTimeoutSeconds: z.number().positive().optional(),
    maxParallelTools: z.int().positive().optional(),
    maxOutputCharacters: z.int().positive().optional().describe("Of a call; default 1,000,000"),
    callTimeoutMs: z.number().positive().optional().describe("Of servers that have none"),
  }),
);

/** A `holdpoint.json`, once the environment is put in. */
export const configSchema = lazy(() =>
  z.strictObject({
    $schema: z.string().optional(),
    mcpServers: z.record(z.string().min(1), server()).optional(),
    agents: z.array(agent()).min(1).optional(),
    providers: z
      .record(z.string().regex(/^[\w.-]+$/), provider())
      .optional()
      .describe("Who else serves models: an agent's model is then NAME/MODEL"),
    policy: z
      .array(policyRule())
      .optional()
      .describe("Deny beats ask beats allow, in whatever order; what no rule matches asks"),
    approvers: approvers().optional(),
    gateway: z
      .strictObject({
        hold: z
          .record(z.string(), z.number().min(0))
          .optional()
          .describe("Seconds for which a call is held, by the name that a client gives itself"),
        replaySeconds: z
          .number()
          .min(0)
          .optional()
          .describe("How long the outcome of a call that reached nobody answers it; default 900"),
      })
      .optional()
      .describe("Of holdpoint gateway"),
    store: z
      .string()
      .min(1)
      .optional()
      .describe("Path of the file that keeps runs, memory, or postgres://USER@HOST/DATABASE"),
    limits: limits().optional(),
  }),
);

export type ConfigFile = z.infer<ReturnType<typeof configSchema>>;
export type ConfigServer = z.infer<ReturnType<typeof server>>;
export type ConfigAgent = z.infer<ReturnType<typeof agent>>;
