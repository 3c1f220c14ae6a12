import { globSync } from "node:fs";
import { basename, join } from "node:path";

import { z } from "zod";
import { describe, expect, it } from "vitest";

import { Agent, RunState, run, tool, type AnyAgent, type Model } from "../../src/index.ts";
import { createScriptedModel, message } from "../../src/testing.ts";
import { foreignText, foreignValue } from "./fixtures.ts";

/** Names of tools and agents differ between the states; what they do does not. */
function gated(name: string, did: string[], parameters: z.ZodObject = city) {
  return tool({
    name,
    description: "Temperature of a city",
    parameters,
    needsApproval: true,
    execute: (input) => {
      did.push(`${name} ${Object.values(input).join(" ")}`);
      return "20C";
    },
  });
}

const city = z.object({ city: z.string() });
const x = z.object({ x: z.string() });

function free(name: string, did: string[]) {
  return tool({
    name,
    description: "Free",
    parameters: city,
    execute: () => {
      did.push(name);
      return "free";
    },
  });
}

function agentsFor(file: string, did: string[], model: Model): AnyAgent {
  const weather = gated("get_temperature", did);
  if (/^(js-d|py-d)/.test(file)) {
    const name = file.startsWith("js") ? "Weather Specialist" : "Weather Assistant";
    const specialist = new Agent({ name, tools: [weather], model });
    return new Agent({ name: "Triage", handoffs: [specialist], model });
  }
  if (/^(js-e|py-e|py-old-.*-e\d)/.test(file)) {
    const isJs = file.startsWith("js");
    const inner = new Agent({
      name: isJs ? "Weather Specialist" : "Weather Assistant",
      tools: [weather],
      model,
    });
    const asking = inner.asTool({ toolName: "ask_weather", toolDescription: "Asks" });
    return new Agent({ name: isJs ? "Manager" : "Concierge", tools: [asking], model });
  }
  if (/^js-[hijkl]/.test(file)) {
    return new Agent({
      name: "A",
      tools: [gated("g", did, x), gated("gated", did, x), free("free", did)],
      model,
    });
  }
  const name = file.startsWith("js-o-") ? "A" : "Weather Assistant";
  const tools = [
    weather,
    free("get_time", did),
    free("get_report", did),
    free("get_map", did),
    gated("g", did, x),
  ];
  return new Agent({ name, tools, model });
}

const folder = join(import.meta.dirname, "../fixtures/foreign-states");
const files = globSync("*.json", { cwd: folder })
  .map((file) => basename(file, ".json"))
  .toSorted();

/** What cannot be taken in, and why. */
const refused: Readonly<Record<string, string>> = {
  "js-m-hosted-mcp-always-approved": "mcpApprovalRequests",
  "py-m1-hosted-mcp-pending": "mcp_approval_requests",
  "py-m2-hosted-mcp-always-approved": "mcp_approval_requests",
  "js-n-duplicate-agent-names": "one name",
  "py-n-duplicate-agent-names": "one name",
  "py-old-0.14.0-1.9-n-duplicate-agent-names": "one name",
  "py-old-0.8.0-1.0-n-duplicate-agent-names": "Agent Sub not found|Sub",
  "py-old-0.8.0-1.0-e1-nested-agent-tool": "does not hold",
  "py-old-0.8.0-1.0-e2-nested-approved": "does not hold",
  "py-x-nan-and-bigint-context": "NaN",
};

interface Expected {
  waiting: string[];
  /** Calls that run once all that waits undecided is approved. */
  did: string[];
}

async function finish(file: string): Promise<Expected & { output: unknown; results: unknown[] }> {
  const did: string[] = [];
  const model = createScriptedModel([[message("inner or done")], [message("done")]]);
  const agent = agentsFor(file, did, model);
  // The same text is the same run, and other files go on with these texts in the same process.
  const state = await RunState.fromString(agent, `${foreignText(file)}\n`);
  const waiting = state.getInterruptions().map(({ rawItem }) => rawItem.callId ?? "");
  for (const item of state.getInterruptions()) {
    const { name, rawItem } = item;
    const verdict = state.context.isToolApproved({ toolName: name, callId: rawItem.callId ?? "" });
    if (verdict === undefined) state.approve(item);
  }
  const result = await run(agent, state);
  const results = result.history.flatMap((item) =>
    item.type === "function_call_result" ? [item.output] : [],
  );
  return { waiting, did, output: result.finalOutput, results };
}

describe("states of the OpenAI Agents SDK", () => {
  it.each(files.filter((file) => !(file in refused)))("are gone on with: %s", async (file) => {
    const { waiting, did, output, results } = await finish(file);
    const line = [waiting, did, output, ...results].map((part) => JSON.stringify(part));
    expect(line.join("\n")).toMatchSnapshot();
  });

  it.each(Object.entries(refused))("are refused where they do not fit: %s", async (file, why) => {
    const did: string[] = [];
    const agent = agentsFor(file, did, createScriptedModel([]));
    const failing = RunState.fromString(agent, foreignText(file));
    await expect(failing).rejects.toThrow(new RegExp(why));
    await expect(failing).rejects.toMatchObject({ name: expect.stringMatching(/Error$/) });
    expect(did).toEqual([]);
  });

  it("want a context again that was left out where they were written", async () => {
    const file = "py-q3-opaque-context-omitted";
    const agent = agentsFor(file, [], createScriptedModel([]));
    const state = await RunState.fromString(agent, foreignText(file));
    expect(() => (state.context.context as { user: string }).user).toThrow(
      "Cannot use context: it could not be saved",
    );
    const context = { user: "Ann" };
    const given = await RunState.fromString(agent, foreignText(file), { context });
    expect(given.context.context).toBe(context);
  });

  it("are taken as values too", async () => {
    const did: string[] = [];
    const agent = agentsFor("js-a", did, createScriptedModel([]));
    const state = await RunState.fromJSON(agent, foreignValue("js-a-one-pending"));
    expect(state.getInterruptions()).toHaveLength(1);
  });
});
