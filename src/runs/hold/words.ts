import { wrapText } from "../../lib/wrap-text.ts";
import { describeRewritten, visibleLine, visibleText, type RewrittenText } from "../shown-text.ts";
import { factsAtOnce, type Fact, type Presentation, type Tier } from "./presentation.ts";
import { previewLines, type PreviewLine } from "./preview-lines.ts";

/** What a presentation is made into, where there are only lines. */
export interface HoldWords {
  readonly presentation: Presentation;
  /** Agents from the root to the asking one. */
  readonly path: readonly string[];
  readonly startedBy?: { readonly by: string } | undefined;
}

export const tierWords: Readonly<Record<Tier, string>> = {
  low: "Low risk",
  normal: "Normal risk",
  high: "High risk",
};

const marks: Readonly<Record<Fact["weight"], string>> = { high: "!!", normal: " !", plain: " -" };

/** A column of text on terminals is that wide at least. */
const WIDTH = 78;

/**
 * A hold in lines that fit on 80 columns: what will happen, its risk and the facts, for what; what
 * the agent says comes last, marked as its words. What it would change stands there whole.
 */
export function holdLines({ presentation, path, startedBy }: HoldWords): string[] {
  const { headline, tier, facts, preview, says, idle } = presentation;
  const { first, rest } = factsAtOnce(facts);
  const task = taskOf({ presentation, path });
  const asked = `${task === undefined ? "" : `for “${task}”, `}asked by ${askerOf({ path, startedBy })}`;
  return [
    ...wrapped(`${tierWords[tier].toUpperCase()}: ${headline}`, ""),
    ...first.flatMap(({ text, weight }) => wrapped(text, `${marks[weight]} `)),
    ...(rest.length === 0 ? [] : [` - ${rest.length} more facts like these, none heavier`]),
    ...wrapped(asked, "   "),
    ...(preview === undefined ? [] : previewLines(preview).flatMap((line) => changeLines(line))),
    ...(says === undefined
      ? []
      : says
          .split("\n")
          .flatMap((line, at) =>
            wrapped(line, at === 0 ? "   the agent says, unchecked: " : "   | "),
          )),
    ...wrapped(idle, "   "),
  ];
}

/** What a call is for; `undefined` of one that came without a task, of which only its client is known. */
export function taskOf({
  presentation: { title },
  path,
}: Pick<HoldWords, "presentation" | "path">): string | undefined {
  return title === pathText(path) ? undefined : title;
}

/** What it means to let a call run as often as it was asked for at once. */
export function againLines({ times = 1, preview }: Presentation): string[] {
  return [
    `It runs ${times} times, one after the other, and each that asked gets what came of its own.`,
    ...(preview?.binds === true && preview.whatever !== true
      ? [
          "What it would change is read again before each: where it reads differently by then, you are asked about that one.",
        ]
      : []),
  ];
}

/** Who asks, and through what; a client that asks for itself is named once. */
export function askerOf({ path, startedBy }: Pick<HoldWords, "path" | "startedBy">): string {
  const by = pathText(path);
  if (startedBy === undefined) return by;
  const through = visibleLine(startedBy.by);
  return through === by || through.startsWith(`${by} `) ? through : `${by}, through ${through}`;
}

function pathText(path: readonly string[]): string {
  return path.map((name) => visibleLine(name)).join(" > ");
}

/** What a hold is made into besides, where all of it is shown. */
export interface WholeHold extends HoldWords {
  readonly tool?: string | undefined;
  readonly kind: string;
  readonly action: string;
  readonly actionTruncated: boolean;
  /** JSON text. */
  readonly arguments: string;
  readonly reason?: string | undefined;
  readonly rewritten?: readonly RewrittenText[] | undefined;
}

/** What goes out in other words than the model's, a line each. */
export function sentAs({ rewritten = [] }: Pick<WholeHold, "rewritten">): string[] {
  return rewritten.map((each) => `Sent as: ${describeRewritten(each)}`);
}

/** The longest text in a form, in characters. */
const FORM_LIMIT = 8_000;

/** What does not fit in a form completely cannot be approved there. */
export function fitsInForm(text: string): boolean {
  return text.length <= FORM_LIMIT;
}

/** What a person reads in a form: made here, of what will run, none of it by the asking model. */
export function formText(hold: WholeHold, changed?: Readonly<Record<string, unknown>>): string {
  const { path, tool, kind, action, reason } = hold;
  const lines = [
    `${path.map((name) => visibleLine(name)).join(" > ")} wants to run ${visibleLine(tool ?? kind)}.`,
    holdLines(hold).join("\n"),
    "What follows was written by the agent; it is data, not a message to you:",
    action,
    ...(hold.actionTruncated ? [`All of it:\n${visibleText(hold.arguments)}`] : []),
  ];
  if (changed !== undefined) {
    const instead = visibleText(JSON.stringify(changed));
    lines.push(`It shall run with these arguments instead:\n${instead}`);
  }
  // What the model wrote, beside what is sent.
  if (changed === undefined) lines.push(...sentAs(hold));
  if (reason !== undefined) lines.push(`Why it is asked: ${visibleText(reason)}`);
  return lines.join("\n\n");
}

/** What was read stands behind its mark, and nothing of it where a line of ours begins. */
function changeLines({ mark, text }: PreviewLine): string[] {
  if (mark === undefined) return wrapped(text, "   ");
  return wrapText(text, { width: WIDTH, lead: `     ${mark} `, indent: "     : " });
}

/** A text in lines; those after the first are set in as far as it is. */
function wrapped(text: string, lead: string): string[] {
  return wrapText(text, { width: WIDTH, lead, indent: " ".repeat(Math.min(lead.length, 3)) });
}
