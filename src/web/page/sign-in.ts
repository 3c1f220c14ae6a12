import { signIn } from "./api.ts";
import { byId } from "./dom.ts";

const status = byId("status", HTMLElement);
const button = byId("sign-in", HTMLButtonElement);
let token = "";

/** Offers to sign in: by a press, so that a program that only opens links uses none of them up. */
function offer(): void {
  if (location.hash === "") return;
  token = location.hash.slice(1);
  // It must stay neither in the address bar nor in the history.
  history.replaceState(undefined, "", location.pathname);
  status.textContent = "Decisions made here will count as yours.";
  button.hidden = false;
  button.focus();
}

function redeem(): void {
  signIn(token).then(
    () => location.replace("/"),
    (error: unknown) => {
      button.hidden = true;
      status.textContent = error instanceof Error ? error.message : "It did not work";
    },
  );
}

button.addEventListener("click", redeem);
// The link may be opened where this page is open already.
addEventListener("hashchange", offer);
offer();
