import { framesOf, sharedOf, type Frame } from "../../../src/agents/conversation.ts";
import { user } from "../../../src/agents/items.ts";
import { isActedOn } from "../../../src/engine/approvals.ts";
import type { EntryDraft } from "../../../src/agents/entries.ts";
import type { RunFold } from "../journal.ts";
import { Usage } from "../../../src/agents/usage.ts";
import type { Recorder } from "../../../src/engine/recorder.ts";
import type { Fault } from "./check.ts";

/** Mistakes that a runner could make; the check must see each of them. */
export const faults: Record<string, Fault> = {
  "records the start of a tool after its effect": { wrapRecorder: recordStartsLate },
  "forgets the turns taken": {
    tamper: (state) => eachFrame(state, ({ data }) => (data.turns = 0)),
  },
  "forgets the usage": { tamper: (state) => (sharedOf(state).usage = new Usage()) },
  "forgets decisions": {
    tamper: (state) => {
      for (const approval of state.approvals.values()) {
        if (approval.decision === undefined || isActedOn(state, approval)) continue;
        approval.decision = undefined;
        state.undecided.add(approval.approvalId);
      }
    },
  },
  "forgets sticky decisions": { tamper: (state) => state.sticky.clear() },
  "forgets who has the conversation": {
    tamper: (state) => eachFrame(state, ({ data, startedBy }) => (data.agent = startedBy)),
  },
  "forgets what an input filter left": {
    tamper: (state) =>
      eachFrame(state, ({ data }) => {
        data.history = [user("frame 0"), ...data.responses.flatMap(({ output }) => output)];
      }),
  },
  "runs a started call again without asking": {
    tamper: (state) =>
      eachFrame(state, ({ calls }) => {
        for (const call of calls.values()) call.started = undefined;
      }),
  },
  "runs a finished call again": {
    tamper: (state) =>
      eachFrame(state, ({ data: { turn }, open }) => {
        for (const call of turn?.open === 0 ? [] : (turn?.calls ?? [])) {
          if (call.finished === undefined) continue;
          call.finished = undefined;
          open.add(call);
          call.started = undefined;
        }
      }),
  },
  "shows models what waits": {
    config: {
      callModelInputFilter: ({ modelData }) => ({
        ...modelData,
        input: [...modelData.input, user("A call waits for a decision.")],
      }),
    },
  },
};

function eachFrame(state: RunFold, change: (frame: Frame) => void): void {
  for (const frame of framesOf(state).values()) change(frame);
}

/** Holds the start of a call back until its end is written. */
function recordStartsLate(recorder: Recorder): Recorder {
  const held = new Map<string, EntryDraft>();
  return {
    ...recorder,
    async append(drafts, allowed) {
      const [first] = drafts as readonly EntryDraft[];
      if (first?.type === "tool_started") {
        held.set(keyOf(first), first);
        return [];
      }
      const start = first?.type === "tool_finished" ? held.get(keyOf(first)) : undefined;
      return recorder.append(start === undefined ? drafts : [start, ...drafts], allowed);
    },
  };
}

function keyOf({ path, callId }: { path?: string[] | undefined; callId: string }): string {
  return [...(path ?? []), callId].join("/");
}
