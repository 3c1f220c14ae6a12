import type { Transcript } from "./transcript.ts";

/** One way in which a program shall run otherwise here, and why. */
export interface Difference {
  reason: string;
  /** Makes two transcripts equal where they differ for this reason, and nowhere else. */
  align?(transcript: Transcript): Transcript;
}

/** All there are. Those without `align` are shown by programs of their own. */
export const differences = {
  outputs_in_call_order: {
    reason:
      "Outputs go to the model in the order of their calls, so that a prompt does not depend on which decision came first; the original's are in the order in which they came about",
    align(transcript: Transcript): Transcript {
      const calls = callsOf(transcript);
      return mapLists(transcript, (list) => inCallOrder(list, calls)) as Transcript;
    },
  },
  gates_fail_closed: {
    reason:
      "A call runs unasked only when its policy answers false, told the arguments; a policy that fails, answers something else, or answers otherwise once a person was asked, opens no gate",
  },
  one_meaning: {
    reason:
      "What a person decides on means one thing: the last decision replaces all of the one before, and items that do not wait, agents or tools of one name and arguments with two readings are refused; equal ids in two nested runs are told apart",
  },
  rejections_are_no_results: {
    reason:
      "A person's no is not what a tool has to say: it does not end a run as its output, the model goes on with it",
  },
  effects_at_most_once: {
    reason:
      "A call runs once for one approval: a state that was gone on with, and a call whose body failed or was cut off, are not run again unasked; an abort leaves approvals as they are, and what tools did stays in the session whatever fails after it",
  },
  results_stay: {
    reason: "A result tells what was when it was made, also after the run has gone on",
  },
  pauses_are_not_told: {
    reason:
      "An agent used as a tool begins and ends once for hooks and guardrails, however often it pauses inside",
  },
  resuming_goes_on: {
    reason:
      "Resumed is the same run: usage goes on whatever context it is given, a context given then takes effect, a turn limit can be raised and not lowered, and a run that is over gives its output again",
  },
  requests_as_given: {
    reason: "A model is sent what somebody gave: items of unknown kinds stay in the conversation",
  },
  errors_say_what_to_do: {
    reason: "Errors of misuse have the original's classes and a text that says what to do instead",
    align: (transcript: Transcript): Transcript =>
      transcript.map((line) => (isFailure(line) ? { failed: line.failed.class } : line)),
  },
} satisfies Record<string, Difference>;

export type DifferenceName = keyof typeof differences;

/** The differences that parity programs may have. */
export type AlignedDifference = "outputs_in_call_order" | "errors_say_what_to_do";

function isFailure(line: unknown): line is { failed: { class: string } } {
  return typeof line === "object" && line !== null && "failed" in line;
}

/** The value with every list in it replaced. */
function mapLists(value: unknown, replace: (list: unknown[]) => unknown[]): unknown {
  if (Array.isArray(value)) return replace(value.map((item) => mapLists(item, replace)));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, mapLists(member, replace)]);
  return Object.fromEntries(members);
}

interface AnyItem {
  type?: unknown;
  callId?: unknown;
  rawItem?: AnyItem;
}

/** The ids of all calls in a transcript, in the order in which they first appear. */
function callsOf(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  const { type, callId } = value as AnyItem;
  const own = type === "function_call" ? [callId] : [];
  return [...own, ...Object.values(value).flatMap((member) => callsOf(member))];
}

/** Neighbouring outputs and requests in a list of items, in the order of their calls. */
function inCallOrder(list: unknown[], calls: unknown[]): unknown[] {
  const sorted: unknown[] = [];
  let answers: unknown[] = [];
  const place = (item: unknown): number => calls.indexOf(rawItemOf(item)?.callId);
  const flush = (): void => {
    sorted.push(...answers.toSorted((a, b) => place(a) - place(b)));
    answers = [];
  };
  for (const item of list) {
    if (isAnswer(item)) answers.push(item);
    else {
      flush();
      sorted.push(item);
    }
  }
  flush();
  return sorted;
}

function rawItemOf(item: unknown): AnyItem | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { rawItem } = item as AnyItem;
  return rawItem ?? item;
}

function isAnswer(item: unknown): boolean {
  const type = (item as AnyItem | null)?.type;
  const answers: unknown[] = [
    "function_call_result",
    "tool_call_output_item",
    "tool_approval_item",
  ];
  return answers.includes(type);
}
