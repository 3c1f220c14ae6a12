import {
  boundText,
  countText,
  omittedText,
  toLines,
  type PreviewLine,
  type ShownDifference,
  type ShownPreview,
} from "../../runs/hold/preview-lines.ts";
import { element } from "./dom.ts";
import { longText } from "./long-text.ts";

/** So many lines of a difference are shown at once; the rest is one click away, with its length. */
const FOLD_AT = 60;

/** What a call would change of what is there. Nothing where nobody looks, or nothing was read. */
export function previewNodes(preview: ShownPreview | undefined): Node[] {
  if (preview === undefined || preview.failed !== undefined) return [];
  const { from, change, since, text = "", length = 0, whatever } = preview;
  const rest = length - text.length;
  return [
    ...(since === undefined ? [] : differenceNodes("Since it was approved", since)),
    ...(change === undefined
      ? [
          element("h3", {}, "What it reads now"),
          longText(text),
          ...(rest > 0
            ? [element("p", { class: "soft" }, `${rest} more of ${length} characters`)]
            : []),
        ]
      : differenceNodes("What would change", change)),
    element(
      "p",
      { class: whatever === true ? "bound whatever" : "bound" },
      `${boundText(preview)} (${from}).`,
    ),
  ];
}

function differenceNodes(title: string, difference: ShownDifference): Node[] {
  const { omitted, ...whole } = difference;
  const lines = toLines(whole);
  const rest = lines.slice(FOLD_AT);
  return [
    element("h3", {}, `${title}: ${countText(difference)}`),
    element(
      "div",
      { class: "difference", role: "group", label: title },
      ...lines.slice(0, FOLD_AT).map((line) => lineNode(line)),
      rest.length === 0
        ? undefined
        : element(
            "details",
            { class: "difference-rest" },
            element("summary", {}, `${rest.length} more lines of ${lines.length}`),
            ...rest.map((line) => lineNode(line)),
          ),
      omitted === undefined ? undefined : element("p", { class: "cut" }, omittedText(omitted)),
    ),
  ];
}

const kinds = { "+": "comes", "-": "goes", " ": "stays", "@": "jump" } as const;

function lineNode({ mark = " ", text }: PreviewLine): HTMLElement {
  const line = { class: `change ${kinds[mark]}` };
  if (mark === "@") return element("div", line, text);
  const tag = mark === "+" ? "ins" : mark === "-" ? "del" : "span";
  // The mark is text too: colour alone tells nothing to some, and is gone in what is copied.
  return element("div", line, element("span", { class: "mark" }, mark), element(tag, {}, text));
}
