import { wrapText } from "../lib/wrap-text.ts";
import type { StoryLine } from "../runs/story.ts";

const WIDTH = 80;
const INDENT = " ".repeat(10);

/** What happened in a run on a terminal: a time and a sentence each, within 80 columns. */
export function describeStory(story: readonly StoryLine[]): string {
  let day = "";
  const lines = story.flatMap(({ at, says }) => {
    const [date = "", time = ""] = at.split("T");
    const head = date === day ? [] : [date];
    day = date;
    const lead = `${time.slice(0, 8)}  `;
    return [...head, ...wrapText(says, { width: WIDTH, lead, indent: INDENT })];
  });
  return lines.join("\n");
}
