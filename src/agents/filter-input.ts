import type { AgentActivation } from "./activation.ts";
import type { AnyAgent } from "./agent.ts";
import type { Frame } from "./conversation.ts";
import type { DraftOf } from "./entries.ts";
import type { CallModelInputFilter } from "./face/config.ts";
import { UserError } from "./errors.ts";
import { configOf } from "./frame-config.ts";
import type { AgentInputItem } from "./items.ts";
import { answerOf, type MaybePromise } from "../lib/pending.ts";

/** What a model is sent, and what of it the session keeps in place of what the run was given. */
export interface Sent {
  input: AgentInputItem[];
  instructions: string | undefined;
  kept?: Kept | undefined;
}

type Kept = NonNullable<DraftOf<"model_responded">["kept"]>;

/** Activations whose first filtered input is out. */
const begun = new WeakSet<AgentActivation>();

interface ToSend {
  agent: AnyAgent;
  /** What the conversation is so far. */
  history: readonly AgentInputItem[];
  /** What is sent for the first time behind it. */
  fresh: readonly AgentInputItem[];
  instructions: string | undefined;
}

/** Lets the filter of a frame have its say. @throws UserError for what is no input */
export function filterInput(
  activation: AgentActivation,
  frame: Frame,
  given: ToSend,
): MaybePromise<Sent> {
  const filter = configOf(activation.own.plan, frame).callModelInputFilter;
  if (filter !== undefined) return filterBy(activation, frame, { ...given, filter });
  return { input: [...given.history, ...given.fresh], instructions: given.instructions };
}

async function filterBy(
  activation: AgentActivation,
  frame: Frame,
  { filter, agent, history, fresh, instructions }: ToSend & { filter: CallModelInputFilter },
): Promise<Sent> {
  const input = [...history, ...fresh];
  const copies = structuredClone(input);
  const modelData = { input: [...copies], instructions };
  const { context } = activation.own.context;
  const data = await answerOf(filter({ modelData, agent, context }), "The callModelInputFilter");
  if (!Array.isArray(data?.input)) {
    throw new UserError("callModelInputFilter must return { input: items, instructions? }");
  }
  // Its own objects may be others by the next turn; items of a run never change.
  const sent = {
    input: structuredClone(data.input),
    instructions: data.instructions ?? instructions,
  };
  if (activation.own.session === undefined || frame.path.length > 0) return sent;
  const from = frame.data.savedTo;
  const unsaved = [...frame.data.transcript.slice(from), ...fresh];
  // What a filter puts in is kept once for each time that the run is gone on with.
  const isFirst = !begun.has(activation);
  begun.add(activation);
  if (!isFirst && unsaved.length === 0) return sent;
  const sources = sourcesOf(data.input, { input, copies });
  const items = keptItems(sent.input, { unsaved, input, sources, isFirst });
  return { ...sent, kept: { from, items } };
}

/**
 * The number of the item that each filtered one stands for: the one it is a copy of, else one that
 * says the same, else the next that nothing else stands for. What is left over was put in.
 */
function sourcesOf(
  filtered: readonly AgentInputItem[],
  { input, copies }: { input: readonly AgentInputItem[]; copies: readonly AgentInputItem[] },
): (number | undefined)[] {
  const free = new Set(input.keys());
  const take = (index: number | undefined): number | undefined => {
    if (index !== undefined) free.delete(index);
    return index;
  };
  const texts = input.map((item) => JSON.stringify(item));
  const sources = filtered.map((item) => {
    const index = copies.indexOf(item);
    return free.has(index) ? take(index) : undefined;
  });
  filtered.forEach((item, at) => {
    // The same object twice: the second one was put in.
    if (sources[at] !== undefined || copies.includes(item)) return;
    const text = JSON.stringify(item);
    sources[at] = take([...free].find((index) => texts[index] === text));
  });
  filtered.forEach((item, at) => {
    if (sources[at] !== undefined || copies.includes(item)) return;
    sources[at] = take([...free][0]);
  });
  return sources;
}

/** What the session gets: what stands for unsaved items, and what was put in. */
function keptItems(
  filtered: readonly AgentInputItem[],
  {
    unsaved,
    input,
    sources,
    isFirst,
  }: {
    unsaved: readonly AgentInputItem[];
    input: readonly AgentInputItem[];
    sources: readonly (number | undefined)[];
    isFirst: boolean;
  },
): Kept["items"] {
  const places = placesOf(unsaved, input);
  return filtered.flatMap((item, at): Kept["items"] => {
    const source = sources[at];
    if (source === undefined) return isFirst ? [[structuredClone(item)]] : [];
    const place = places.get(source);
    if (place === undefined) return [];
    const isSame = JSON.stringify(item) === JSON.stringify(input[source]);
    return [isSame ? place : [structuredClone(item)]];
  });
}

/** Which of the items sent are which of the unsaved ones: the last ones that say the same. */
function placesOf(
  unsaved: readonly AgentInputItem[],
  input: readonly AgentInputItem[],
): Map<number, number> {
  const texts = input.map((item) => JSON.stringify(item));
  const places = new Map<number, number>();
  unsaved.toReversed().forEach((item, back) => {
    const text = JSON.stringify(item);
    const index = texts.findLastIndex((each, at) => each === text && !places.has(at));
    if (index >= 0) places.set(index, unsaved.length - 1 - back);
  });
  return places;
}
