import type { TrustQuestion } from "../prove.ts";
import type { Api } from "./api.ts";
import { button, element } from "./dom.ts";
import { createPinField } from "./pin-field.ts";

/** Asks whether the configuration of the server's directory counts, where one waits for that. */
export async function askForTrust(api: Api): Promise<void> {
  const question = await api.trustQuestion().catch(() => undefined);
  if (question === undefined) return;
  const dialog = element("dialog", {}, trustNode(question, api));
  document.body.append(dialog);
  dialog.showModal();
}

function trustNode(question: TrustQuestion, api: Api): HTMLElement {
  const { file, digest, lines } = question;
  const pin = createPinField(api.asksPin);
  const said = element("p", { role: "alert" });
  const accept = (): void => {
    api.trust({ digest, ...pin.given() }).then(
      () => node.replaceChildren(element("p", {}, "Trusted. Start the server again.")),
      (error: unknown) => {
        said.textContent = error instanceof Error ? error.message : String(error);
      },
    );
  };
  const node = element(
    "article",
    { id: "trust" },
    element("h2", { id: "title", tabindex: "-1" }, "Nothing is started here yet"),
    element("p", {}, `The server found ${file}, which nobody has trusted. It lets this happen:`),
    element("ul", {}, ...lines.map((line) => element("li", {}, line))),
    ...pin.nodes,
    said,
    element(
      "div",
      { class: "controls" },
      button("Trust it as it stands", { class: "approve", onClick: accept }),
    ),
  );
  return node;
}
