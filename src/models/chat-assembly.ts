import type { RawCall, RawMessage } from "./chat-output.ts";

/** Puts the deltas of a stream together. */
export interface ChatAssembly {
  add(delta: RawMessage): void;
  readonly message: RawMessage;
}

export function createChatAssembly(): ChatAssembly {
  const message: RawMessage & { tool_calls: RawCall[] } = {
    content: undefined,
    refusal: undefined,
    reasoning: undefined,
    reasoning_content: undefined,
    tool_calls: [],
  };
  const byIndex = new Map<number, RawCall>();

  const addCall = (delta: RawCall): void => {
    const last = message.tool_calls.at(-1);
    const open = typeof delta.index === "number" ? byIndex.get(delta.index) : last;
    if (open === undefined || isAnother(delta, open)) {
      const call = { ...delta };
      message.tool_calls.push(call);
      byIndex.set(delta.index ?? message.tool_calls.length - 1, call);
      return;
    }
    const { function: more, ...further } = delta;
    const { id, function: called } = open;
    Object.assign(open, further, { id: id ?? delta.id });
    open.function = {
      ...called,
      ...more,
      name: called?.name ?? more?.name,
      arguments: join(called?.arguments, more?.arguments),
    };
  };

  return {
    message,
    add(delta) {
      for (const field of ["content", "refusal", "reasoning", "reasoning_content"] as const) {
        const piece = delta[field];
        if (piece !== undefined) message[field] = (message[field] ?? "") + piece;
      }
      for (const call of delta.tool_calls ?? []) addCall(call);
    },
  };
}

/** Servers that count no index, or always from 0, still begin each call with its name and id. */
function isAnother(delta: RawCall, open: RawCall): boolean {
  const name = delta.function?.name;
  return Boolean(delta.id && name && open.id && delta.id !== open.id);
}

type Arguments = string | Record<string, unknown> | null | undefined;

function join(first: Arguments, second: Arguments): Arguments {
  if (typeof first === "string" && typeof second === "string") return first + second;
  return second ?? first;
}
