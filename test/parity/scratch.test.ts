import { describe } from "vitest";
import { z } from "zod";
import { call, message } from "../../src/testing.ts";
import { parity } from "./parity.ts";
import { interruptionOf, search, temperature } from "./pieces.ts";

describe("scratch", () => {
  parity("abort inside a tool", async (lib, kit) => {
    const controller = new AbortController();
    const stop = lib.tool({ name: "stop", description: "", parameters: z.object({}), execute: () => { controller.abort(new Error("enough")); return "ok"; } });
    const agent = new lib.Agent({ name: "A", tools: [stop], model: kit.model([call("stop", {}, "c1")], (r) => { r.signal?.throwIfAborted(); return [message("no")]; }) });
    try { await lib.run(agent, "x", { signal: controller.signal }); } catch (e) { kit.print((e as Error).message); }
  });
  parity("fatal sibling", async (lib, kit) => {
    const bad = lib.tool({ name: "bad", description: "", parameters: z.object({}), errorFunction: null, execute: () => { throw new Error("boom"); } });
    const agent = new lib.Agent({ name: "A", tools: [bad, temperature(lib, kit), search(lib, kit)], model: kit.model([call("bad", {}, "c1"), call("get_temperature", { city: "Rome" }, "c2"), call("search", { query: "q" }, "c3")]) });
    await kit.failure(() => lib.run(agent, "x"));
  });
  parity("listener throws", async (lib, kit) => {
    const agent = new lib.Agent({ name: "A", model: kit.model([message("hi")]) });
    agent.on("agent_start", () => { throw new TypeError("listener"); });
    try { kit.print((await lib.run(agent, "x")).finalOutput); } catch (e) { kit.print((e as Error).constructor.name, (e as Error).message); }
  });
  parity("instructions throw", async (lib, kit) => {
    const agent = new lib.Agent({ name: "A", instructions: () => { throw new TypeError("inst"); }, model: kit.model([message("hi")]) });
    await kit.failure(() => lib.run(agent, "x"));
  });
  parity("isEnabled throws", async (lib, kit) => {
    const agent = new lib.Agent({ name: "A", tools: [temperature(lib, kit, { isEnabled: () => { throw new TypeError("en"); } })], model: kit.model([message("hi")]) });
    await kit.failure(() => lib.run(agent, "x"));
  });
  parity("toolUseBehavior throws", async (lib, kit) => {
    const agent = new lib.Agent({ name: "A", tools: [search(lib, kit)], toolUseBehavior: () => { throw new TypeError("tub"); }, model: kit.model([call("search", { query: "q" }, "c3")], [message("hi")]) });
    await kit.failure(() => lib.run(agent, "x"));
  });
  parity("onHandoff throws", async (lib, kit) => {
    const b = new lib.Agent({ name: "B" });
    const agent = new lib.Agent({ name: "A", handoffs: [lib.handoff(b, { onHandoff: () => { throw new TypeError("oh"); } })], model: kit.model([call("transfer_to_B", {}, "h1")]) });
    await kit.failure(() => lib.run(agent, "x"));
  });
  parity("extractor throws", async (lib, kit) => {
    const b = new lib.Agent({ name: "B", model: kit.model([message("x")]) });
    const agent = new lib.Agent({ name: "A", tools: [b.asTool({ toolName: "b", toolDescription: "", customOutputExtractor: () => { throw new TypeError("ex"); } })], model: kit.model([call("b", { input: "i" }, "o1")], [message("hi")]) });
    kit.report(await lib.run(agent, "x"));
  });
  parity("stop function on rejected and structured", async (lib, kit) => {
    const obj = lib.tool({ name: "obj", description: "", parameters: z.object({}), execute: () => ({ a: 1 }) });
    const agent = new lib.Agent({ name: "A", tools: [obj], toolUseBehavior: "stop_on_first_tool", model: kit.model([call("obj", {}, "c1")]) });
    kit.report(await lib.run(agent, "x"));
    const typed = new lib.Agent({ name: "A", outputType: z.object({ a: z.number() }), tools: [obj], toolUseBehavior: "stop_on_first_tool", model: kit.model([call("obj", {}, "c1")]) });
    kit.report(await lib.run(typed, "x"));
  });
  parity("final output with output guardrail on nested", async (lib, kit) => {
    const b = new lib.Agent({ name: "B", model: kit.model([message("x")]), outputGuardrails: [{ name: "g", execute: async () => ({ tripwireTriggered: true, outputInfo: 1 }) }] });
    const agent = new lib.Agent({ name: "A", tools: [b.asTool({ toolName: "b", toolDescription: "" })], model: kit.model([call("b", { input: "i" }, "o1")], [message("hi")]) });
    kit.report(await lib.run(agent, "x"));
  });
  parity("hosted call only then message", async (lib, kit) => {
    const agent = new lib.Agent({ name: "A", tools: [{ type: "hosted_tool", name: "web_search", providerData: {} }], toolUseBehavior: "stop_on_first_tool", modelSettings: { toolChoice: "required" }, model: kit.model([{ type: "hosted_tool_call", name: "web_search_call", id: "w1", status: "completed" }], [message("hi")]) });
    kit.report(await lib.run(agent, "x"));
  });
  parity("message with calls keeps toolUse", async (lib, kit) => {
    const agent = new lib.Agent({ name: "A", tools: [search(lib, kit)], model: kit.model([call("search", { query: "q" }, "c1"), message("final?")], [message("hi")]) });
    await kit.watch(await lib.run(agent, "x", { stream: true }));
  });
  parity("other agent object on resume", async (lib, kit) => {
    const make = () => new lib.Agent({ name: "A", tools: [temperature(lib, kit)], model: kit.model([call("get_temperature", { city: "Rome" }, "c1")], [message("hi")]) });
    const r = await lib.run(make(), "x");
    const other = new lib.Agent({ name: "A", tools: [temperature(lib, kit)], model: kit.model([message("other")]) });
    const state = await lib.RunState.fromString(other, r.state.toString());
    for (const i of state.getInterruptions()) state.approve(i);
    kit.report(await lib.run(other, state));
  });
  parity("approve with nested sticky and other agent same tool", async (lib, kit) => {
    const t = temperature(lib, kit);
    const b = new lib.Agent({ name: "B", tools: [t], model: kit.model([call("get_temperature", { city: "Rome" }, "i1")], [message("x")]) });
    const agent = new lib.Agent({ name: "A", tools: [t, b.asTool({ toolName: "b", toolDescription: "" })], model: kit.model([call("get_temperature", { city: "Oslo" }, "c1")], [call("b", { input: "i" }, "o1")], [message("hi")]) });
    let r = await lib.run(agent, "x");
    r.state.approve(interruptionOf(r, "c1"), { alwaysApprove: true });
    r = await lib.run(agent, r.state);
    kit.report(r);
  });
  parity("sticky after handoff", async (lib, kit) => {
    const t = temperature(lib, kit);
    const b = new lib.Agent({ name: "B", tools: [t], model: kit.model([call("get_temperature", { city: "Rome" }, "i1")], [message("x")]) });
    const agent = new lib.Agent({ name: "A", tools: [t], handoffs: [b], model: kit.model([call("get_temperature", { city: "Oslo" }, "c1")], [call("transfer_to_B", {}, "h1")]) });
    let r = await lib.run(agent, "x");
    r.state.approve(interruptionOf(r, "c1"), { alwaysApprove: true });
    r = await lib.run(agent, r.state);
    kit.report(r);
  });
  parity("tool returning promise of undefined and gating with execute throwing after approval", async (lib, kit) => {
    const t = lib.tool({ name: "t", description: "", parameters: z.object({}), needsApproval: true, execute: async () => { throw new Error("x"); } });
    const agent = new lib.Agent({ name: "A", tools: [t], model: kit.model([call("t", {}, "c1")], [message("hi")]) });
    kit.hooks("a", agent);
    let r = await lib.run(agent, "x");
    r.state.approve(interruptionOf(r, "c1"));
    r = await lib.run(agent, r.state);
    kit.report(r);
  });
  parity("runner config maxTurns with nested and stream max turns handler", async (lib, kit) => {
    const agent = new lib.Agent({ name: "A", tools: [search(lib, kit)], model: kit.model([call("search", { query: "q" }, "c1")], [message("hi")]) });
    const s = await lib.run(agent, "x", { stream: true, maxTurns: 1, errorHandlers: { maxTurns: () => ({ finalOutput: "out" }) } });
    await kit.watch(s);
  });
  parity("max turns zero", async (lib, kit) => {
    const agent = new lib.Agent({ name: "A", model: kit.model([message("hi")]) });
    await kit.failure(() => lib.run(agent, "x", { maxTurns: 0 }));
  });
  parity("duplicate message ids and refusal stream", async (lib, kit) => {
    const agent = new lib.Agent({ name: "A", model: kit.model([{ ...message(""), content: [{ type: "refusal", refusal: "no" }] }]) });
    const s = await lib.run(agent, "x", { stream: true });
    await kit.failure(() => kit.watch(s));
  });
  parity("approval item json", async (lib, kit) => {
    const agent = new lib.Agent({ name: "A", tools: [temperature(lib, kit)], model: kit.model([call("get_temperature", { city: "Rome" }, "c1")]) });
    const r = await lib.run(agent, "x");
    const j = JSON.parse(JSON.stringify(r.interruptions[0]));
    kit.print(j.type, j.agent, j.rawItem.callId, j.toolName);
    kit.print(JSON.stringify(r.newItems[0]));
  });
  parity("tool result item json", async (lib, kit) => {
    const b = new lib.Agent({ name: "B", model: kit.model([message("b")]) });
    const agent = new lib.Agent({ name: "A", tools: [search(lib, kit)], handoffs: [b], model: kit.model([call("search", { query: "x" }, "c1")], [call("transfer_to_B", {}, "h1")]) });
    const r = await lib.run(agent, "x");
    for (const i of r.newItems) kit.print(JSON.stringify(i));
  });
});
