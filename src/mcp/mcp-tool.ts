import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import * as z from "zod";

import { HoldpointError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";
import { lazy } from "../lib/lazy.ts";
import { nearest } from "../lib/nearest.ts";
import type { Caller } from "../engine/state.ts";
import type { RunService } from "../runs/run-service.ts";
import { visibleLine } from "../runs/shown-text.ts";
import type { PersonAnswer } from "../host/elicit.ts";
import { describeError } from "./error-text.ts";

/** What tools work with. */
export interface McpDeps {
  readonly service: RunService;
  readonly log: Log;
  /** The longest a call may wait, in seconds. */
  readonly maxWaitSeconds: number;
  /** What the operator says of deciding through a client. */
  readonly approvers?: {
    /** Whether a client may approve what others asked for; default false. */
    readonly shared?: boolean | undefined;
    /** Whether hosts are told to ask their person at every `approve`; default true. */
    readonly requireInteraction?: boolean | undefined;
  };
  /** Where an inbox of this store is, of this process or of another, while there is one. */
  inboxUrl?(): string | undefined;
  /** Tells how far a call of a run is; `call` begins with the run's id and a slash. @returns ends it */
  onProgress?(listener: (call: string, message: string) => void): () => void;
}

/** What a tool knows of the request it answers. */
export interface CallContext {
  /** Ends the wait, never the run: the client gave up, or the connection is closing. */
  readonly signal: AbortSignal;
  /** Name and version of the client, as it gave them. */
  readonly client: string;
  /** Whether the client says that it can show forms. */
  readonly canAsk: boolean;
  /** Asks the person through the client. */
  ask(message: string): Promise<PersonAnswer>;
  /** Tells the client that the call is alive; nothing where it did not ask to know. */
  progress(message: string): void;
}

/** Who calls, as far as a call proves it: that the client let it through, and no more. */
export function clientCaller({ client }: CallContext): Caller {
  return { by: client, channel: "mcp", level: "client" };
}

export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** One tool of the server: a literal, with its schemas and what it does. */
export interface McpTool<
  TInput extends z.ZodObject = z.ZodObject,
  TOutput extends z.ZodObject = z.ZodObject,
> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  /** Whether hosts shall ask their person at every call, whatever they allow otherwise. */
  readonly needsPerson?: boolean;
  /** Whether an argument that it does not know is refused; else it is named, and ignored. */
  readonly refusesUnknown?: boolean;
  input(this: void): TInput;
  output(this: void): TOutput;
  /** What is listed of the output, where another tool's list has the whole. */
  listed?(this: void): z.ZodObject;
  handle(input: z.output<TInput>, deps: McpDeps, context: CallContext): Promise<z.input<TOutput>>;
  /** The same facts as text, for clients that show a model only that. */
  describe(result: z.output<TOutput>): string;
}

/** A tool whose schemas only its own code needs to know. */
export interface AnyMcpTool {
  readonly name: string;
  definition(this: void): Record<string, unknown>;
  readonly needsPerson: boolean;
  call(input: unknown, deps: McpDeps, context: CallContext): Promise<ToolResult>;
}

export interface ToolResult {
  [key: string]: unknown;
  content: { type: "text"; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: boolean;
}

/** Declares a tool; results are stripped to its schema, errors become texts a model can act on. */
export function defineMcpTool<TInput extends z.ZodObject, TOutput extends z.ZodObject>(
  tool: McpTool<TInput, TOutput>,
): AnyMcpTool {
  const { name, title, description, annotations } = tool;
  // A start does without them: hosts ask for tools once they have their answer to `initialize`.
  const input = lazy(tool.input);
  const output = lazy(tool.output);
  return {
    name,
    needsPerson: tool.needsPerson === true,
    definition: lazy(() => ({
      name,
      title,
      description,
      inputSchema: toListedSchema(input(), "input"),
      outputSchema: toListedSchema(tool.listed?.() ?? output(), "output"),
      annotations: { ...annotations },
    })),
    async call(request, deps, context) {
      try {
        const given = request ?? {};
        const unknown = unknownArguments(given, Object.keys(input().shape));
        // What was meant by them is unclear.
        if (tool.refusesUnknown === true && unknown !== undefined) throw unknownRefused(unknown);
        const parsed = input().safeParse(given);
        if (!parsed.success) throw invalidInput(parsed.error);
        const result = output().parse(await tool.handle(parsed.data, deps, context));
        const text = tool.describe(result);
        if (unknown === undefined) {
          return { content: [{ type: "text", text }], structuredContent: result };
        }
        return {
          content: [{ type: "text", text: `Ignored: ${unknown.text}.\n${text}` }],
          structuredContent: { ...result, ignored_arguments: unknown.names },
        };
      } catch (error) {
        return { isError: true, content: [{ type: "text", text: describeError(error, deps.log) }] };
      }
    },
  };
}

/**
 * Models read all of it: without what goes without saying. These keywords mean the same in every
 * draft, and an output may have more fields some day.
 */
function toListedSchema(schema: z.ZodObject, io: "input" | "output"): object {
  const { $schema: _draft, ...listed } = z.toJSONSchema(schema, {
    target: "draft-7",
    io,
    override({ jsonSchema, path }) {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      // Every key is a text.
      delete jsonSchema.propertyNames;
      if (io === "output") delete jsonSchema.additionalProperties;
      else nameAnything(jsonSchema);
      // What is always there inside of an answer is seen in it.
      if (io === "output" && path.length > 0) delete jsonSchema.required;
    },
  });
  return listed;
}

/** An empty schema says nothing of whether it was meant; `true` does. */
function nameAnything(schema: { additionalProperties?: unknown }): void {
  const { additionalProperties: rest } = schema;
  if (typeof rest !== "object" || rest === null || Object.keys(rest).length > 0) return;
  schema.additionalProperties = true;
}

function invalidInput(error: z.ZodError): HoldpointError {
  const problems = error.issues.map(
    ({ path, message }) => `${path.join(".") || "input"}: ${message}`,
  );
  return new HoldpointError("invalid_input", `${problems.join("; ")}. Correct the arguments`);
}

/** Who is at the other end of a connection, by what it says of itself. */
export function clientOf(server: Server): Pick<CallContext, "client" | "canAsk"> {
  const { name = "unknown", version = "client" } = server.getClientVersion() ?? {};
  return {
    // The last word is the version.
    client: `${name} ${version.replaceAll(/\s+/g, "-")}`,
    canAsk: server.getClientCapabilities()?.elicitation !== undefined,
  };
}

/** So many are named, and so much of each: the names are whatever a model wrote. */
const MOST_NAMES = 5;
const LONGEST_NAME = 40;

interface UnknownArguments {
  names: string[];
  /** Named, each with what was probably meant. */
  text: string;
}

/** The arguments that a tool does not know, if there are any. */
function unknownArguments(given: unknown, known: readonly string[]): UnknownArguments | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const all = Object.keys(given).filter((name) => !known.includes(name));
  if (all.length === 0) return undefined;
  const names = all.slice(0, MOST_NAMES).map((name) => visibleLine(name.slice(0, LONGEST_NAME)));
  const parts = names.map((name) => {
    const meant = nearest(name, known);
    return `${JSON.stringify(name)} is no argument${meant === undefined ? "" : ` (${meant}?)`}`;
  });
  if (all.length > names.length) parts.push(`and ${all.length - names.length} more`);
  return { names, text: parts.join(", ") };
}

function unknownRefused({ text }: UnknownArguments): HoldpointError {
  return new HoldpointError(
    "invalid_input",
    `${text}. Nothing was decided: leave out what this tool does not know`,
  );
}
