import type { ApprovalPage } from "../inbox-lists.ts";
import { describeRewritten } from "../../runs/shown-text.ts";
import type { Verdict } from "./api.ts";
import { createArgumentEditor, type ArgumentEditor } from "./argument-editor.ts";
import { argumentTree } from "./argument-tree.ts";
import { conversationNode } from "./conversation.ts";
import { button, element, moment } from "./dom.ts";
import { createPinField } from "./pin-field.ts";

const MAX_MESSAGE = 2_000;

/** One approval on screen, and what a person is about to say of it. */
export interface Detail {
  readonly approvalId: string;
  readonly node: HTMLElement;
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
  decide(verdict: Verdict): Promise<void>;
  back(): void;
}

export function createDetail(page: ApprovalPage, { asksPin, decide, back }: DetailActions): Detail {
  const { approval } = page;
  const { action, arguments: json } = approval;
  let editor: ArgumentEditor | undefined;
  const message = messageField();
  const pin = createPinField(asksPin);
  const always = element("input", { type: "checkbox", id: "always" });
  const problem = element("p", { class: "problem", role: "alert" });
  const editorPlace = element("div");
  const outcome = element("div", { class: "outcome" });
  const talk = element("div");

  const say = (verdict: () => Verdict): void => {
    problem.textContent = "";
    setDisabled(true);
    Promise.resolve()
      .then(() => decide(verdict()))
      .catch((error: unknown) => {
        problem.textContent = error instanceof Error ? error.message : String(error);
        setDisabled(false);
      });
  };
  const others = approval.alsoWaiting ?? [];
  const scope = (): Pick<Verdict, "always" | "others" | "pin"> => ({
    ...(always.checked ? { always: true, others: others.map((each) => each.approvalId) } : {}),
    ...pin.given(),
  });
  const othersPlace = element("div");
  always.addEventListener("change", () => {
    othersPlace.replaceChildren(...(always.checked ? otherNodes(others) : []));
  });
  const approve = (): void =>
    say(() => {
      const changed = editor?.changed();
      const edited = changed === undefined ? {} : { arguments: changed };
      return { decision: "approved", action, ...edited, ...scope() };
    });
  const reject = (): void =>
    say(() => ({ decision: "rejected", action, message: message.value, ...scope() }));
  const edit = (): void => {
    editor ??= createArgumentEditor(json);
    editorPlace.replaceChildren(editor.node);
    editor.field.focus();
  };
  message.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) reject();
  });
  const approveButton = button("Approve", { class: "approve", onClick: approve });
  const controls = [
    approveButton,
    ...(approval.kind === "tool_call" ? [button("Change arguments", { onClick: edit })] : []),
    button("Reject", { class: "reject", onClick: reject }),
  ];
  const setDisabled = (isDisabled: boolean): void => {
    for (const control of controls) control.disabled = isDisabled;
  };
  const decision = element(
    "div",
    { class: "decision", role: "group", label: "Decide" },
    editorPlace,
    element("label", { for: "message" }, "What the agent is told when you reject"),
    message,
    element("label", { class: "check" }, always, " Also for later calls of this tool in this run"),
    othersPlace,
    ...pin.nodes,
    problem,
    element("div", { class: "controls" }, ...controls),
  );
  const update = ({ approval: now, conversation }: ApprovalPage): void => {
    decision.hidden = !now.isOpen;
    outcome.replaceChildren(...outcomeNodes(now));
    talk.replaceChildren(conversationNode(conversation));
  };
  update(page);
  return {
    approvalId: approval.approvalId,
    node: element(
      "article",
      {},
      button("Back to the list", { class: "back", onClick: back }),
      ...head(page),
      // Every member is named before any is folded.
      ...(approval.actionTruncated ? [element("p", { class: "frame" }, action)] : []),
      ...argumentNodes(approval),
      outcome,
      decision,
      element("h3", {}, "The conversation so far"),
      talk,
    ),
    update,
    focusApprove: () => approveButton.focus(),
    focusReject: () => message.focus(),
    edit,
  };
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
      ...argumentNodes(each),
    ]),
  ];
}

/** What became of it; nothing while it waits. */
function outcomeNodes({ isOpen, decision }: ApprovalPage["approval"]): Node[] {
  if (isOpen) return [];
  const over = decision?.text ?? "no longer waits: its run is over, or asked again";
  const said = element("p", {}, `This call: ${over}.`);
  return decision?.arguments === undefined ? [said] : [said, argumentTree(decision.arguments)];
}

/** What it will run with, and what of that goes out in other words than the model's. */
function argumentNodes({ arguments: json, rewritten = [] }: ApprovalPage["approval"]): Node[] {
  const sent = rewritten.map((each) => `Sent as: ${describeRewritten(each)}`);
  return [argumentTree(json), ...sent.map((line) => element("p", { class: "sent" }, line))];
}

/** What is asked, by whom, and until when. */
function head({ approval }: ApprovalPage): Node[] {
  const { tool, kind, path, description, reason, runId, createdAt, expiresAt } = approval;
  const doubt = kind === "outcome_unknown" || kind === "model_outcome_unknown";
  const facts: [string, Node | string | undefined][] = [
    ["Asked by", path.join(" > ")],
    ["Run", runId],
    ["Since", moment(createdAt)],
    ["Expires", expiresAt === undefined ? undefined : moment(expiresAt)],
    ["What the tool says it does", description],
    ["Why it is asked", reason],
    ["Needs", `a yes of level ${approval.approver}`],
  ];
  return [
    element("h2", { id: "title", tabindex: "-1" }, tool ?? kind),
    ...(doubt
      ? [
          element(
            "p",
            { class: "doubt" },
            "In doubt: it may have happened already. Approve runs it again.",
          ),
        ]
      : []),
    element("p", { class: "frame" }, "The texts below were written by agents and tools."),
    element(
      "dl",
      { class: "facts" },
      ...facts.flatMap(([name, value]) =>
        value === undefined ? [] : [element("dt", {}, name), element("dd", {}, value)],
      ),
    ),
    element("h3", {}, "Arguments"),
  ];
}

function messageField(): HTMLTextAreaElement {
  const field = element("textarea", { id: "message" });
  field.rows = 2;
  field.maxLength = MAX_MESSAGE;
  return field;
}
