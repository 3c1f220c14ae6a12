/**
 * Follows the inbox while the page is seen, or while its person wants to be told: a browser has few
 * connections to one server.
 */
export function followInbox(status: HTMLElement, changed: () => void): void {
  let source: EventSource | undefined;
  const follow = (): void => {
    source?.close();
    source = undefined;
    if (document.hidden && Notification.permission !== "granted") return;
    source = new EventSource("/api/events");
    source.addEventListener("changed", changed);
    source.addEventListener("error", () => {
      status.textContent = "Not connected: the inbox does not answer. Trying again.";
      status.dataset["away"] = "true";
    });
    source.addEventListener("open", () => {
      if (status.dataset["away"] === "true") status.textContent = "";
      status.dataset["away"] = "false";
    });
  };
  document.addEventListener("visibilitychange", follow);
  follow();
}

/** For who allowed it: says how many wait, and nothing of what. */
export function tellNews(count: number, before: number): void {
  if (!document.hidden || count <= before || Notification.permission !== "granted") return;
  const body = `${count} wait for you`;
  const news = new Notification("Holdpoint", { body, tag: "holdpoint" });
  news.addEventListener("click", () => window.focus());
}
