import { z } from "zod";

import type { FunctionTool, RunToolApprovalItem } from "../../src/index.ts";
import type { Kit } from "./kit.ts";
import type { Library } from "./libraries.ts";

const city = z.object({ city: z.string() });
type CityToolOptions = Partial<Parameters<Library["tool"]>[0]> & { name?: string };

/** The tool that most programs gate; it says when it runs. */
export function temperature(
  lib: Library,
  kit: Kit,
  options: Pick<
    CityToolOptions,
    "needsApproval" | "isEnabled" | "inputGuardrails" | "outputGuardrails"
  > = {},
): FunctionTool {
  return lib.tool({
    name: "get_temperature",
    description: "The temperature in a city.",
    parameters: city,
    needsApproval: true,
    ...options,
    execute: async ({ city: name }) => {
      kit.print("measuring", name);
      return `20C in ${name}`;
    },
  });
}

/** A tool that is free. */
export function search(lib: Library, kit: Kit): FunctionTool {
  return lib.tool({
    name: "search",
    description: "Finds things.",
    parameters: z.object({ query: z.string() }),
    execute: ({ query }) => {
      kit.print("searching", query);
      return `found ${query}`;
    },
  });
}

/** The interruption of one call. */
export function interruptionOf(
  result: { readonly interruptions: RunToolApprovalItem[] },
  callId: string,
): RunToolApprovalItem {
  const found = result.interruptions.find(({ rawItem }) => rawItem.callId === callId);
  if (found === undefined) throw new Error(`Call ${callId} does not wait`);
  return found;
}
