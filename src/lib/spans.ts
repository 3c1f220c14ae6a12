// The inbox page loads this file too: it needs nothing of Node.

const units: readonly [number, string][] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
];

/** How long ago something was, in the largest unit that it fills: `now`, `2 min`, `3 d`. */
export function ageText(seconds: number): string {
  const [length, unit] = units.find(([each]) => seconds >= each) ?? [];
  return length === undefined || unit === undefined
    ? "now"
    : `${Math.floor(seconds / length)} ${unit}`;
}

/** How long something took, as people say it: `90 s`, `5 min`, `30 h`. */
export function spanText(seconds: number): string {
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6_000) return `${Math.round(seconds / 60)} min`;
  return seconds < 360_000
    ? `${Math.round(seconds / 3_600)} h`
    : `${Math.round(seconds / 86_400)} d`;
}
