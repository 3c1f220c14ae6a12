/**
 * When an approval is due by the store's clock: as much later than now as its deadline is later
 * than the entry that wrote it, both by the writer's clock.
 *
 * @returns milliseconds since 1970
 */
export function dueAt({
  expiresAt,
  updatedAt,
  nowMs,
}: {
  expiresAt: string;
  updatedAt: string;
  nowMs: number;
}): number {
  return nowMs + Date.parse(expiresAt) - Date.parse(updatedAt);
}
