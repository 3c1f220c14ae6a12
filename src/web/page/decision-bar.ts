import { factToType } from "../../runs/hold/presentation.ts";
import { isTyped, typedAfter, type TypedFact } from "../../runs/hold/typed-fact.ts";
import type { ApprovalPage, OfferPage } from "../inbox-lists.ts";
import type { PageVerdict } from "./api.ts";
import type { ArgumentTree } from "./argument-tree.ts";
import { button, element } from "./dom.ts";
import { createPinField } from "./pin-field.ts";
import { createScopePicker, type Scope, type ScopePicker } from "./scope-picker.ts";

const MAX_MESSAGE = 2_000;

/** What a person does with the call that they look at; always in sight. */
export interface DecisionBar {
  readonly node: HTMLElement;
  /** Of a high risk, to the field to type in. */
  focusApprove(): void;
  openReject(): void;
  edit(): void;
  /** Looks again at what was typed in the tree. */
  refresh(): void;
}

export interface BarActions {
  /** Whether a PIN makes a person of whoever decides. */
  asksPin: boolean;
  /** Decides with what the person should read. */
  decide(verdict: PageVerdict): Promise<void>;
  /** Shows in the page what a yes is about besides this call. */
  showScope(scope: Scope): Promise<OfferPage | undefined>;
}

export function createDecisionBar(
  page: ApprovalPage,
  { asksPin, tree, decide, showScope }: BarActions & { tree: ArgumentTree },
): DecisionBar {
  const { approval } = page;
  const { action, presentation } = approval;
  const problem = element("p", { class: "problem", role: "alert" });
  const scopes = createScopePicker(page);
  const typed = createTypedField(factToType(approval));
  let isEditing = false;
  const pin = createPinField(asksPin && approval.approver === "person");
  const scope = (): Partial<PageVerdict> => ({
    ...scopes.verdict(),
    ...pin.given(),
  });
  const run = (verdict: () => PageVerdict): void => decideOr(problem, () => decide(verdict()));
  const reject = createRejectForm((message) =>
    run(() => ({ decision: "rejected", action, message, ...scopes.refusal(), ...pin.given() })),
  );
  const approve = (): void =>
    run(() => ({ decision: "approved", action, ...changedOf(tree), ...typed.given(), ...scope() }));
  const approveButton = button("Approve", { class: "approve", key: "a", onClick: approve });
  const changeButton = button("Change", { key: "e", onClick: () => edit(!isEditing) });
  const openReject = (): void => reject.open();
  const rejectButton = button("Reject…", { class: "reject", key: "r", onClick: openReject });
  const refresh = (): void => {
    const { size } = tree.changes();
    const wrong = tree.problem();
    typed.expect(tree.changes());
    scopes.setOff(isEditing);
    const words = approveWords(presentation, { changes: size, ...scopes.verdict() });
    approveButton.firstChild?.replaceWith(words);
    approveButton.disabled = wrong !== "" || !typed.isRight() || scopes.isLoading();
    problem.textContent = wrong;
  };
  const edit = (isOn: boolean): void => {
    isEditing = isOn;
    tree.edit(isOn);
    changeButton.firstChild?.replaceWith(isOn ? "Undo changes" : "Change");
    if (isOn) tree.focus();
    refresh();
  };
  typed.node.addEventListener("input", refresh);
  followScope(scopes, { showScope, refresh, problem });
  const canEdit = approval.kind === "tool_call" && tree.canEdit;
  const controls: HTMLElement[] = [approveButton, ...(canEdit ? [changeButton] : []), rejectButton];
  if (scopes.node !== undefined) controls.push(scopes.node);
  const above = [problem, typed.node, ...pin.nodes, reject.node];
  const node = barNode(presentation, { above, controls });
  refresh();
  return {
    node,
    focusApprove: () => (approveButton.disabled ? typed.focus() : approveButton.focus()),
    openReject,
    edit: () => (canEdit ? edit(true) : undefined),
    refresh,
  };
}

function changedOf(tree: ArgumentTree): Partial<PageVerdict> {
  const changed = tree.changed();
  return changed === undefined ? {} : { arguments: changed };
}

/** Shows what was chosen; until that is seen, nothing is approved by it. */
function followScope(
  scopes: ScopePicker,
  given: Pick<BarActions, "showScope"> & { refresh(): void; problem: HTMLElement },
): void {
  scopes.node?.addEventListener("change", () => {
    scopes.show(undefined);
    given.refresh();
    decideOr(given.problem, async () => {
      scopes.show(await given.showScope(scopes.chosen()));
      given.refresh();
    });
  });
}

/** Decides, or says why not. */
function decideOr(problem: HTMLElement, decide: () => Promise<void>): void {
  problem.textContent = "";
  Promise.resolve()
    .then(decide)
    .catch((error: unknown) => {
      problem.textContent = error instanceof Error ? error.message : String(error);
    });
}

function barNode(
  { tier, idle }: ApprovalPage["approval"]["presentation"],
  { above, controls }: { above: Node[]; controls: HTMLElement[] },
): HTMLElement {
  return element(
    "div",
    { class: `bar ${tier}`, role: "group", label: "Decide" },
    ...above,
    element("div", { class: "controls" }, ...controls, element("span", { class: "idle" }, idle)),
  );
}

/** What a yes does. */
function approveWords(
  { preview }: ApprovalPage["approval"]["presentation"],
  { changes, times = 1 }: { changes: number; times?: number },
): string {
  const often = times === 1 ? "" : `, ${times} times`;
  if (preview?.whatever === true) return `Run whatever it reads${often}`;
  if (changes === 0) return `Approve${often}`;
  return changes === 1 ? "Approve with 1 change" : `Approve with ${changes} changes`;
}

interface TypedField {
  readonly node: HTMLElement;
  isRight(): boolean;
  given(): Partial<PageVerdict>;
  /** What is asked for, with what was changed. */
  expect(changes: ReadonlyMap<string, string>): void;
  focus(): void;
}

/** Of a high risk: a fact that somebody must have read to type it. */
function createTypedField(fact: TypedFact | undefined): TypedField {
  const node = element("div", { class: "typed" });
  if (fact === undefined) {
    node.hidden = true;
    return { node, isRight: () => true, given: () => ({}), expect: () => {}, focus: () => {} };
  }
  let wanted = fact.text;
  const field = element("input", { id: "typed-fact" });
  field.autocomplete = "off";
  field.spellcheck = false;
  const label = element("label", { for: "typed-fact" });
  node.append(label, field);
  const expect = (changes: ReadonlyMap<string, string>): void => {
    wanted = typedAfter(fact, changes);
    label.replaceChildren(
      ...element("span", {}, `Type the ${fact.name} to approve: `, element("b", {}, wanted))
        .childNodes,
    );
  };
  return {
    node,
    isRight: () => isTyped(field.value, wanted),
    given: () => ({ typed: field.value }),
    expect,
    focus: () => field.focus(),
  };
}

function createRejectForm(send: (message: string) => void): { node: HTMLElement; open(): void } {
  const field = element("textarea", { id: "message" });
  field.rows = 2;
  field.maxLength = MAX_MESSAGE;
  const node = element("div", { class: "reason" });
  node.hidden = true;
  const close = (): void => void (node.hidden = true);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send(field.value);
  });
  node.append(
    element("label", { for: "message" }, "What the agent is told when you reject"),
    field,
    element(
      "div",
      { class: "controls" },
      button("Reject now", {
        class: "reject sure",
        key: "Ctrl Enter",
        onClick: () => send(field.value),
      }),
      button("Back", { class: "quiet", onClick: close }),
    ),
  );
  return {
    node,
    open() {
      node.hidden = false;
      field.focus();
    },
  };
}
