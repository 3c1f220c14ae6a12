import { spanText } from "../../lib/spans.ts";
import type { HoldOutcome } from "../../runs/stats/hold-record.ts";
import type { Counted, StatsReport } from "../../runs/stats/stats.ts";
import { element } from "./dom.ts";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 640;
const HEIGHT = 120;

const parts: readonly [HoldOutcome, string][] = [
  ["approved", "yes"],
  ["edited", "yes, changed"],
  ["rejected", "no"],
  ["expired", "nobody in time"],
  ["open", "waits"],
];

function drawn(
  tag: string,
  attributes: Record<string, string | number>,
  ...children: Node[]
): Element {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** A bar for each, as high as its share of the highest. @param label what the whole of it says */
function barPlot(bars: readonly { title: string; count: number }[], label: string): HTMLElement {
  const most = Math.max(1, ...bars.map(({ count }) => count));
  const step = WIDTH / bars.length;
  const drawnBars = bars.map(({ title: says, count }, index) => {
    const height = (count / most) * HEIGHT;
    const title = drawn("title", {});
    title.textContent = `${says}: ${count}`;
    const box = { x: index * step + 1, y: HEIGHT - height, width: Math.max(2, step - 2), height };
    return drawn("rect", { class: "bar-day", ...box }, title);
  });
  const line = drawn("line", { class: "axis", x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT });
  const view = { viewBox: `0 0 ${WIDTH} ${HEIGHT + 2}`, role: "img", "aria-label": label };
  const plot = wrapped(drawn("svg", view, ...drawnBars, line));
  // Beside the drawing: in it, it would be as small as that is drawn.
  plot.prepend(element("span", { class: "most" }, String(most)));
  return plot;
}

/** A bar a day. */
export function dayPlot(days: StatsReport["days"]): HTMLElement {
  const counts = days.map(({ questions }) => questions);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const label = `Questions a day: ${total} in ${days.length} days, ${Math.max(...counts)} at most`;
  const bars = days.map(({ day, questions }) => ({ title: day, count: questions }));
  const [first, last] = [days[0]?.day ?? "", days.at(-1)?.day ?? ""];
  return element(
    "figure",
    {},
    barPlot(bars, label),
    element("p", { class: "ends" }, element("span", {}, first), element("span", {}, last)),
  );
}

/** How long a decision took: a bar a span, its words below it. */
export function waitPlot(waits: StatsReport["waits"]): HTMLElement {
  const bars = waits.map(({ withinSeconds, decisions }) => ({
    title: withinSeconds === undefined ? "longer" : `< ${spanWords(withinSeconds)}`,
    count: decisions,
  }));
  const said = bars.filter(({ count }) => count > 0);
  const label = `Time to decision: ${said.map(({ title, count }) => `${count} ${title}`).join(", ")}`;
  return element(
    "figure",
    {},
    barPlot(bars, label),
    element(
      "p",
      { class: "spans" },
      ...bars.map(({ title, count }) =>
        element("span", {}, title, element("b", {}, count === 0 ? "" : String(count))),
      ),
    ),
  );
}

function spanWords(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${seconds / 60} min`;
  return seconds < 86_400 ? `${seconds / 3_600} h` : `${seconds / 86_400} d`;
}

/** What each came to, as shares of a line. */
export function sharePlot(
  label: string,
  rows: readonly (readonly [string, Counted])[],
): HTMLElement {
  const table = element("table", { class: "shares" });
  const head = ["", "asked", "for 100 calls", "", "half decided in", "yes within 2 s"].map((name) =>
    name === "" ? element("td", {}) : element("th", {}, name),
  );
  const body = rows.map(([name, counted]) =>
    element(
      "tr",
      {},
      element("th", {}, name),
      element("td", { class: "number", "data-at": "asked" }, String(counted.questions)),
      element(
        "td",
        { class: "number", "data-at": "for 100 calls" },
        String(counted.questionsPerHundredCalls ?? ""),
      ),
      element("td", { class: "share" }, wrapped(shareBar(name, counted))),
      element(
        "td",
        { class: "number", "data-at": "half decided in" },
        timeWords(counted.secondsToDecision?.p50),
      ),
      element("td", { class: "number", "data-at": "yes within 2 s" }, quickWords(counted)),
    ),
  );
  table.append(element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
  return element("div", { class: "table", tabindex: "0", role: "region", label }, table);
}

/** Of the approvals whose look is recorded, those that nobody can have read. */
function quickWords({ quick, looked }: Counted): string {
  return looked === 0 ? "" : `${Math.round((quick / looked) * 100)} %`;
}

/** What the colours of `sharePlot` say. */
export function legend(): HTMLElement {
  return element(
    "p",
    { class: "legend" },
    ...parts.map(([part, words]) => element("span", { class: `key ${part}` }, words)),
  );
}

function shareBar(name: string, counted: Counted): Element {
  let x = 0;
  const pieces = parts.flatMap(([part]) => {
    const width = (counted[part] / Math.max(1, counted.questions)) * WIDTH;
    const piece = drawn("rect", { class: `part ${part}`, x, y: 0, width, height: 14 });
    x += width;
    return width === 0 ? [] : [piece];
  });
  const plot = drawn(
    "svg",
    { viewBox: `0 0 ${WIDTH} 14`, preserveAspectRatio: "none", role: "img" },
    ...pieces,
  );
  const says = parts.flatMap(([part, words]) =>
    counted[part] === 0 ? [] : [`${counted[part]} ${words}`],
  );
  plot.setAttribute("aria-label", `${name}: ${says.join(", ")}`.slice(0, 200));
  const title = drawn("title", {});
  title.textContent = says.join(", ");
  plot.append(title);
  return plot;
}

function wrapped(plot: Element): HTMLElement {
  const made = element("div", { class: "plot" });
  made.append(plot);
  return made;
}

/** Seconds as people say them. */
export function timeWords(seconds: number | undefined): string {
  return seconds === undefined ? "" : spanText(seconds);
}
