/** Keys that do something where nobody types. */
export function useShortcuts(
  shortcuts: Readonly<Record<string, () => void>>,
  { isOff, escape }: { isOff: () => boolean; escape: (isTyping: boolean) => void },
): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isOff()) return;
    const isTyping = isField(event.target);
    if (event.key === "Escape") return escape(isTyping);
    const act = isTyping ? undefined : shortcuts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function isField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && target.type !== "checkbox")
  );
}
