import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { AnyAgent } from "../../src/agents/agent.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { useConversations, ways, type Conversation } from "../support/conversation.ts";
import { ran } from "../support/expected.ts";
import {
  startOpenAiStandIn,
  type OpenAiStandIn,
  type StandInReply,
} from "../support/openai-stand-in.ts";
import { approveAll, decideNothing, rejectAll, type Stage } from "../support/scenario.ts";
import {
  bodiesOf,
  historyKinds,
  ourModel,
  startHistory,
  wireCall,
  wireMessage,
} from "../support/server-history.ts";

const openConversation = useConversations();
let standIn: OpenAiStandIn;

beforeEach(async () => {
  standIn = await startOpenAiStandIn();
});

afterEach(async () => {
  await standIn.close();
});

const oakland = wireCall("c1", "get_temperature", { city: "Oakland" });
const warm = wireMessage("20.");
const alone = { session: undefined };

const cases = historyKinds.flatMap((kind) =>
  ways.filter((way) => way.kind === "memory").map((way) => ({ ...way, kind, way })),
);

/** Ways to lose an answer to a request that may have been carried out. */
const losses: { name: string; reply: StandInReply }[] = [
  { name: "the connection ends without an answer", reply: "disconnect" },
  { name: "the answer breaks off", reply: { output: [warm], breakOffAfter: 2 } },
  { name: "the server fails", reply: { status: 500, error: "out of order" } },
  { name: "the response failed", reply: { output: [], response: { status: "failed" } } },
];

/** Answers that say that nothing was done. */
const refusals: { name: string; reply: StandInReply }[] = [
  { name: "the request is refused", reply: { status: 400, error: "no such thing" } },
  { name: "the rate is limited", reply: { status: 429, error: "slower" } },
  { name: "the key is not accepted", reply: { status: 401, error: "who?" } },
];

describe.each(cases)(
  "a model call with history at the provider ($kind, $name)",
  ({ kind, way }) => {
    const open = (): Promise<Conversation> =>
      openConversation(way, {
        script: [],
        agent: (stage: Stage): AnyAgent =>
          stage.agent({
            model: ourModel(standIn),
            modelSettings: { retry: { maxRetries: 0 } },
            tools: [stage.getTemperature()],
          }),
      });
    const start = async (talk: Conversation): Promise<void> =>
      talk.say("How warm?", { ...alone, ...startHistory(standIn, kind) });
    const inputs = (): unknown[] => bodiesOf(standIn).map(({ input }) => input);
    /** Pauses, and loses the answer to the outputs. */
    const loseAnswer = async (reply: StandInReply): Promise<Conversation> => {
      standIn.reply({ output: [oakland] }, reply, { output: [warm] });
      const talk = await open();
      await start(talk);
      await talk.decide(approveAll, alone);
      expect(talk.error).toBeInstanceOf(Error);
      expect(talk.stage.executions).toEqual([ran("c1")]);
      expect(bodiesOf(standIn)).toHaveLength(2);
      return talk;
    };

    it.each(losses)("is asked about when $name, and made again after a yes", async ({ reply }) => {
      const talk = await loseAnswer(reply);
      await talk.decide(decideNothing, alone);
      expect(bodiesOf(standIn)).toHaveLength(2);
      expect(talk.result.finalOutput).toBeUndefined();
      expect(talk.result.interruptions).toMatchObject([
        {
          kind: "model_outcome_unknown",
          name: "model_outcome_unknown",
          agent: { name: "weather" },
        },
      ]);
      // It is asked once, however often the run is looked at.
      await talk.decide(decideNothing, alone);
      expect(talk.result.interruptions).toHaveLength(1);

      await talk.decide(approveAll, alone);
      expect(talk.result.finalOutput).toBe("20.");
      expect(talk.result.interruptions).toEqual([]);
      const [, first, second] = bodiesOf(standIn);
      expect(second).toEqual(first);
      expect(talk.stage.executions).toEqual([ran("c1")]);
    });

    it("fails the run after a no", async () => {
      const talk = await loseAnswer("disconnect");
      await talk.decide(decideNothing, alone);
      await talk.decide(rejectAll, alone);
      expect(talk.error).toMatchObject({ name: "ModelBehaviorError" });
      expect(bodiesOf(standIn)).toHaveLength(2);
      await talk.decide(decideNothing, alone);
      expect(talk.error).toMatchObject({ name: "ModelBehaviorError" });
      expect(talk.stage.executions).toEqual([ran("c1")]);
    });

    it("is asked about again when it is lost again", async () => {
      standIn.reply({ output: [oakland] }, "disconnect", "disconnect", { output: [warm] });
      const talk = await open();
      await start(talk);
      const approvals = new Set<string>();
      const approve = async (): Promise<void> =>
        talk.decide((state, items) => {
          for (const item of items) {
            approvals.add(item.approvalId);
            state.approve(item);
          }
        }, alone);
      await approve();
      for (let lost = 0; lost < 2; lost += 1) {
        expect(talk.error).toMatchObject({ code: "connection_failed" });
        await talk.decide(decideNothing, alone);
        await approve();
      }
      expect(talk.result.finalOutput).toBe("20.");
      expect(approvals.size).toBe(3);
      expect(
        new Set(
          inputs()
            .slice(1)
            .map((input) => JSON.stringify(input)),
        ).size,
      ).toBe(1);
      expect(talk.stage.executions).toEqual([ran("c1")]);
    });

    it.each(refusals)("is made again without a question when $name", async ({ reply }) => {
      const talk = await loseAnswer(reply);
      await talk.decide(decideNothing, alone);
      expect(talk.result.finalOutput).toBe("20.");
      expect(inputs()[2]).toEqual(inputs()[1]);
      expect(talk.stage.executions).toEqual([ran("c1")]);
    });

    it("keeps added input until it is answered", async () => {
      standIn.reply({ output: [oakland] }, "disconnect", { output: [warm] });
      const talk = await open();
      await start(talk);
      await talk.decide((state, items) => {
        state.addInput("In F.");
        state.approve(items[0]!);
      }, alone);
      await talk.decide(decideNothing, alone);
      expect(talk.state.pendingInput).toHaveLength(1);
      await talk.decide(approveAll, alone);
      expect(talk.state.pendingInput).toEqual([]);
      const [, first, second] = inputs() as JsonObject[][];
      expect(first?.at(-1)).toEqual({ role: "user", content: "In F." });
      expect(second).toEqual(first);
    });

    it("is asked about when it was aborted on its way", async () => {
      standIn.reply({ output: [oakland] }, "never", { output: [warm] });
      const talk = await open();
      await start(talk);
      const controller = new AbortController();
      const went = talk.decide(approveAll, { ...alone, signal: controller.signal });
      while (bodiesOf(standIn).length < 2) await new Promise((resolve) => setImmediate(resolve));
      controller.abort(new Error("enough"));
      await went;
      await talk.decide(decideNothing, alone);
      expect(talk.result.interruptions).toMatchObject([{ kind: "model_outcome_unknown" }]);
      await talk.decide(approveAll, alone);
      expect(talk.result.finalOutput).toBe("20.");
      expect(talk.stage.executions).toEqual([ran("c1")]);
    });

    it("is no question where the first call of all had nothing to go on from", async () => {
      standIn.reply("disconnect", { output: [warm] });
      const talk = await open();
      await start(talk);
      expect(talk.error).toBeInstanceOf(Error);
      await talk.decide(decideNothing, alone);
      if (kind !== "new_chain") {
        expect(talk.result.interruptions).toHaveLength(1);
        await talk.decide(approveAll, alone);
      }
      expect(talk.result.finalOutput).toBe("20.");
    });
  },
);
