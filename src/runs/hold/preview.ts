import type { Difference, Previewed } from "../../engine/entry-parts.ts";
import { headOf } from "../../lib/cut-text.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { saysMissingFile } from "../../lib/missing-file.ts";
import { visibleLine, visibleText } from "../shown-text.ts";
import type { Fact, Presentation } from "./presentation.ts";
import {
  countText,
  omittedText,
  type ShownDifference,
  type ShownPreview,
} from "./preview-lines.ts";

/** So many lines that go are much, where they are most of what is there. */
const MUCH = 20;

/** A hold with what was read for it. What is bound to that is like no other call. */
export function withPreview(
  { group, ...presentation }: Presentation,
  previewed: Previewed,
): Presentation {
  const preview = toShown(previewed);
  const alone = previewed.bind === undefined ? { group } : { isAlone: true as const };
  return { ...presentation, facts: previewFacts(previewed, preview), preview, ...alone };
}

/** What was read for a request, as it is shown. */
function toShown(previewed: Previewed): ShownPreview {
  const { tool, bind, digest, change, since, head, length, failed, whatever } = previewed;
  const target = targetOf(previewed.arguments);
  return {
    from: `${visibleLine(tool)}${target === "" ? "" : ` of ${target}`}`,
    binds: bind !== undefined && digest !== undefined,
    ...(change === undefined ? {} : { change: toLines(change) }),
    ...(since === undefined ? {} : { since: toLines(since) }),
    // A difference tells it already.
    ...(head === undefined || change !== undefined ? {} : { text: visibleText(head) }),
    ...(length === undefined ? {} : { length }),
    ...(failed === undefined ? {} : { failed: visibleLine(failed) }),
    ...(whatever === undefined ? {} : { whatever }),
  };
}

function toLines({ lines, ...counts }: Difference): ShownDifference {
  return { ...counts, lines: lines.map((line) => visibleLine(line)) };
}

function targetOf(args: JsonValue): string {
  const values = isJsonObject(args) ? Object.values(args) : [];
  const texts = values.filter((each) => typeof each !== "object").map((each) => String(each));
  return headOf(visibleLine(texts.join(", ")), 200);
}

/** What it says of a call before anybody looks at its lines. */
function previewFacts(previewed: Previewed, shown: ShownPreview): Fact[] {
  const { anew, whatever, failed } = previewed;
  return [
    ...anewFacts(shown, { anew, whatever }),
    ...(failed === undefined ? [] : [failedFact(shown)]),
    ...(shown.change === undefined ? [] : changeFacts(shown, shown.change)),
  ];
}

function anewFacts(
  { since }: ShownPreview,
  { anew, whatever }: Pick<Previewed, "anew" | "whatever">,
): Fact[] {
  if (anew === undefined) return [];
  const what =
    since === undefined
      ? ""
      : since.added + since.removed === 0
        ? ": in a part that is not kept"
        : `: ${countText(since)}`;
  const times = anew === 1 ? "once" : "twice";
  const text = `Reads differently than when it was approved${what}. Asked anew ${times}`;
  const changed: Fact = { text, weight: "normal", badge: "changed since" };
  if (whatever === undefined) return [changed];
  const next = "It has read differently twice: a yes runs it whatever it reads then";
  return [changed, { text: next, weight: "normal", badge: "whatever it reads" }];
}

function failedFact({ failed = "" }: ShownPreview): Fact {
  const why = saysMissingFile(failed) ? "there is no such file" : failed;
  return {
    text: `No preview, and a yes is bound to none: ${why}`,
    weight: "plain",
    badge: "no preview",
  };
}

function changeFacts({ from }: ShownPreview, change: ShownDifference): Fact[] {
  const { added, removed, omitted } = change;
  if (added + removed === 0) {
    return [{ text: `Changes nothing of what is there (${from})`, weight: "plain" }];
  }
  const text = `Of what is there, ${countText(change)} (${from})`;
  if (omitted !== undefined) {
    const all = `${text}; ${omittedText(omitted)}`;
    return [{ text: all, weight: "high", badge: `removes ${removed} lines` }];
  }
  return removed >= MUCH && removed > 2 * added
    ? [{ text, weight: "normal", badge: `removes ${removed} lines` }]
    : [{ text, weight: "plain" }];
}
