import type { StoryLine } from "../../runs/story.ts";
import type { ApprovalPage } from "../inbox-lists.ts";
import { button, element } from "./dom.ts";

/** What happened in a run, as a time and a sentence each; asked for when it is unfolded. */
export function storyNode(load: () => Promise<StoryLine[]>): HTMLElement {
  const place = element("div", { class: "timeline" });
  const node = element(
    "details",
    { class: "more story" },
    element("summary", {}, "What happened in this run"),
    place,
  );
  node.addEventListener("toggle", () => {
    if (!node.open) return;
    load()
      .then((story) => place.replaceChildren(...listNodes(story)))
      .catch((error: unknown) =>
        place.replaceChildren(element("p", { class: "problem" }, String(error))),
      );
  });
  return node;
}

/** A list a day. */
function listNodes(story: readonly StoryLine[]): HTMLElement[] {
  const days = Map.groupBy(story, ({ at }) => new Date(at).toLocaleDateString());
  return [...days].flatMap(([day, lines]) => [
    element("h4", {}, day),
    element("ol", { label: day }, ...lines.map((line) => lineNode(line))),
  ]);
}

function lineNode({ at, says }: StoryLine): HTMLElement {
  const time = element(
    "time",
    { title: new Date(at).toLocaleString() },
    new Date(at).toLocaleTimeString(),
  );
  time.dateTime = at;
  return element("li", {}, time, element("span", {}, says));
}

/** Of a call that a gateway refuses from now on without asking: how it is asked about again. */
export function againNodes(
  { approval: { approvalId }, isRemembered }: ApprovalPage,
  askAgain: (approvalId: string) => Promise<void>,
): HTMLElement[] {
  if (isRemembered !== true) return [];
  const says = element(
    "p",
    { role: "status" },
    "This rejection is remembered: the same call is refused without asking you. Ask me again ends that; it runs nothing.",
  );
  const again = button("Ask me again", {
    class: "again",
    onClick: () => {
      again.disabled = true;
      askAgain(approvalId)
        .then(() => {
          again.remove();
          says.textContent = "When the same call comes again, you are asked about it.";
        })
        .catch((error: unknown) => {
          again.disabled = false;
          says.textContent = error instanceof Error ? error.message : String(error);
        });
    },
  });
  return [element("div", { class: "remembered" }, says, again)];
}
