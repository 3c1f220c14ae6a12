import type { StoryLine } from "../../runs/story.ts";
import type { ApprovalPage, OfferPage } from "../inbox-lists.ts";
import { headOf, headOfLines } from "../../lib/cut-text.ts";
import { factsAtOnce, type Fact } from "../../runs/hold/presentation.ts";
import { againLines, askerOf, sentAs, taskOf, tierWords } from "../../runs/hold/words.ts";
import type { PageVerdict } from "./api.ts";
import { createArgumentTree } from "./argument-tree.ts";
import { conversationNode } from "./conversation.ts";
import { createDecisionBar } from "./decision-bar.ts";
import { ago, button, element, moment } from "./dom.ts";
import { longText } from "./long-text.ts";
import { previewNodes } from "./preview.ts";
import { againNodes, storyNode } from "./story.ts";
import type { Scope } from "./scope-picker.ts";

/** One approval on screen, and what a person is about to say of it. */
export interface Detail {
  readonly approvalId: string;
  readonly nodes: readonly HTMLElement[];
  /** Shows what came since; what was typed stays. */
  update(page: ApprovalPage): void;
  focusApprove(): void;
  focusReject(): void;
  edit(): void;
}

export interface DetailActions {
  /** Whether a PIN makes a person of whoever decides. */
  asksPin: boolean;
  /** Rejects with what the person should read. */
  decide(verdict: PageVerdict): Promise<void>;
  back(): void;
  next(): void;
  /** What a yes for calls like one would be about now. */
  offer(approvalId: string): Promise<OfferPage>;
  /** What happened in its run. */
  story(approvalId: string): Promise<StoryLine[]>;
  /** Lets the same call be asked about when it comes again. */
  askAgain(approvalId: string): Promise<void>;
}

export function createDetail(page: ApprovalPage, actions: DetailActions): Detail {
  const { decide, back, next } = actions;
  const { approval, schema } = page;
  const tree = createArgumentTree(approval.arguments, { schema, onChange: () => bar.refresh() });
  const othersPlace = element("div");
  const showScope = async (scope: Scope): Promise<OfferPage | undefined> => {
    othersPlace.replaceChildren();
    const isFurther = scope === "today" || scope === "month";
    const offer = isFurther ? await actions.offer(approval.approvalId) : undefined;
    othersPlace.replaceChildren(...scopeNodes(page, { scope, offer }));
    othersPlace.scrollIntoView({ block: "nearest" });
    return offer;
  };
  const bar = createDecisionBar(page, { ...actions, tree, decide, showScope });
  const outcome = element("div", { class: "outcome" });
  const over = element(
    "div",
    { class: "bar over" },
    element("div", { class: "controls" }, button("Next", { key: "j", onClick: next })),
  );
  const talk = element("details", { class: "more" });
  const update = (latest: ApprovalPage): void => {
    const { approval: now, conversation } = latest;
    bar.node.hidden = !now.isOpen;
    over.hidden = now.isOpen;
    outcome.replaceChildren(...outcomeNodes(now), ...againNodes(latest, actions.askAgain));
    const lines = conversation.reduce((sum, part) => sum + part.lines.length + part.omitted, 0);
    const summary = element("summary", {}, `The conversation so far (${lines})`);
    talk.hidden = lines === 0;
    talk.replaceChildren(summary, conversationNode(conversation));
  };
  update(page);
  const article = element(
    "article",
    {},
    button("Back to the list", { class: "back", onClick: back }),
    ...head(page),
    outcome,
    ...previewNodes(approval.presentation.preview),
    ...saysNodes(approval.presentation.says),
    element("h3", {}, "Arguments"),
    tree.node,
    othersPlace,
    talk,
    storyNode(() => actions.story(approval.approvalId)),
    rawNode(page),
  );
  return {
    approvalId: approval.approvalId,
    nodes: [element("div", { class: "scroll" }, article), bar.node, over],
    update,
    focusApprove: () => bar.focusApprove(),
    focusReject: () => bar.openReject(),
    edit: () => bar.edit(),
  };
}

/** What will happen, for what, and how dangerous it is. */
function head({ approval }: ApprovalPage): Node[] {
  const { presentation, createdAt } = approval;
  const { headline, tier, facts } = presentation;
  const { first, rest } = factsAtOnce(facts);
  const task = taskOf(approval);
  const asker = askerOf(approval);
  return [
    element("h2", { id: "title", tabindex: "-1" }, headline),
    element(
      "p",
      { class: "sub" },
      element("span", { class: `badge ${tier}` }, tierWords[tier]),
      ...(task === undefined
        ? [` · ${asker} asked · `]
        : [" for ", element("b", {}, `“${task}”`), ` · ${asker} · `]),
      element("span", { class: "since" }, ...ago(createdAt), ...deadlineNodes(approval)),
    ),
    element(
      "ul",
      { class: `facts ${tier}`, label: "What is known of it" },
      ...first.map(({ text, weight }) => element("li", { class: weight }, text)),
      ...(rest.length === 0 ? [] : [element("li", { class: "plain" }, restNode(rest))]),
    ),
    ...sentNodes(approval),
  ];
}

/** What happens at its end stands in the bar; where that has no room for it, only here. */
function deadlineNodes({
  expiresAt,
  presentation,
  isOpen,
}: ApprovalPage["approval"]): (Node | string)[] {
  if (!isOpen) return [];
  if (expiresAt === undefined) return [", no deadline"];
  const then = element("span", { class: "then" }, `. ${presentation.idle}`);
  return [", until ", moment(expiresAt), then];
}

function restNode(facts: readonly Fact[]): HTMLElement {
  return element(
    "details",
    { class: "facts-rest" },
    element("summary", {}, `${facts.length} more facts like these, none heavier`),
    element("ul", {}, ...facts.map(({ text }) => element("li", {}, text))),
  );
}

/** What goes out in other words than the model's. */
function sentNodes({ rewritten = [] }: ApprovalPage["approval"]): Node[] {
  return sentAs({ rewritten }).map((line) => element("p", { class: "sent" }, line));
}

/** What an agent says pushes nothing out of sight that is known of its call. */
const SAYS_FOLD = { characters: 400, lines: 6 };

function saysNodes(says: string | undefined): Node[] {
  if (says === undefined) return [];
  const isShort = headOfLines(says, SAYS_FOLD) === says;
  const line = says.replaceAll(/\s+/g, " ");
  const begin = headOf(line, SAYS_FOLD.characters);
  const quote = isShort
    ? element("blockquote", {}, says)
    : element(
        "details",
        {},
        element("summary", {}, `${begin}${begin === line ? "" : "…"} (${says.length} characters)`),
        element("blockquote", {}, says),
      );
  return [
    element("h3", {}, "What the agent says; nobody checked it"),
    element("div", { class: "says" }, quote),
  ];
}

/** What a yes is about besides this call. */
function scopeNodes(
  { approval }: ApprovalPage,
  { scope, offer }: { scope: Scope; offer: OfferPage | undefined },
): Node[] {
  if (scope === "once") return [];
  if (scope === "each")
    return againLines(approval.presentation).map((text) => element("p", {}, text));
  if (offer === undefined) return otherNodes(approval.alsoWaiting ?? []);
  const { covers, releases } = offer;
  return [
    element("h3", {}, "A yes for calls like this one lets run, unasked"),
    element("p", {}, `Calls of this tool as it is now, by ${approval.agent}, where`),
    element("ul", { class: "covers" }, ...covers.map((line) => element("li", {}, line))),
    element(
      "p",
      {},
      "Never one of more risk than this one. Rules that deny, or want a person, stand.",
    ),
    element("p", {}, releasing(releases.length)),
    ...releases.map((each) => element("p", { class: "frame" }, each.action)),
  ];
}

function releasing(count: number): string {
  if (count === 0) return "No call waits now that it lets run as well.";
  return count === 1
    ? "It also lets run 1 that waits now:"
    : `It also lets run ${count} that wait now:`;
}

/** What a decision for all calls of this tool is about besides: how many, and each of them. */
function otherNodes(others: NonNullable<ApprovalPage["approval"]["alsoWaiting"]>): Node[] {
  if (others.length === 0) return [element("p", {}, "No other call waits now.")];
  const calls =
    others.length === 1 ? "1 other call that waits" : `${others.length} others that wait`;
  return [
    element("p", {}, `This decides ${calls} as well:`),
    ...others.flatMap((each) => [
      element("p", { class: "frame" }, each.action),
      createArgumentTree(each.arguments).node,
      ...sentNodes(each),
    ]),
  ];
}

/** What became of it; nothing while it waits. */
function outcomeNodes({ isOpen, decision, late }: ApprovalPage["approval"]): Node[] {
  if (isOpen) return [];
  return [
    element("p", {}, "This call: ", ...overNodes(decision), "."),
    ...(decision?.message === undefined
      ? []
      : [element("p", {}, `The reason given: ${decision.message}`)]),
    ...(decision?.came === undefined
      ? []
      : [element("p", {}, `What came of it: ${decision.came}`)]),
    ...(decision?.result === undefined
      ? []
      : [element("pre", { class: "result" }, decision.result)]),
    ...(late === undefined ? [] : [element("p", {}, late)]),
    ...(decision?.arguments === undefined
      ? []
      : [element("h3", {}, "It ran with"), createArgumentTree(decision.arguments).node]),
  ];
}

/** Who decided, through what and how long ago. */
function overNodes(decision: ApprovalPage["approval"]["decision"]): (Node | string)[] {
  if (decision === undefined) return ["no longer waits: its run is over, or asked again"];
  const { text, at } = decision;
  const [before = "", after = ""] = text.split(` at ${at}`);
  return [`${before}, `, ...ago(at), after];
}

/** For who looks for them: the text itself, ids and levels. */
function rawNode({ approval }: ApprovalPage): HTMLElement {
  const { approvalId, runId, callId, tool, kind, description, reason, approver } = approval;
  const facts: [string, string | undefined][] = [
    ["Approval", approvalId],
    ["Run", runId],
    ["Call", callId],
    ["Tool", tool ?? kind],
    ["What the tool says it does", description],
    ["Why it is asked", reason],
    ["Who may decide", approver === "person" ? "a person" : `level ${approver}`],
  ];
  return element(
    "details",
    { class: "more raw" },
    element("summary", {}, "JSON, ids and what the tool says of itself"),
    longText(approval.arguments),
    element(
      "dl",
      {},
      ...facts.flatMap(([name, value]) =>
        value === undefined ? [] : [element("dt", {}, name), element("dd", {}, value)],
      ),
    ),
  );
}
