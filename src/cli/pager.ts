import { childProcess } from "./child-process.ts";

export interface Screen {
  columns: number;
  rows: number;
}

/** Whether a text leaves no room for the question that comes after it. */
export function isLongerThan(text: string, { columns, rows }: Screen): boolean {
  // Some terminals do not say how large they are.
  if (!(columns > 0 && rows > 0)) return false;
  const lines = text.split("\n").map((line) => Math.max(1, Math.ceil(line.length / columns)));
  return lines.reduce((sum, each) => sum + each, 0) > rows - 4;
}

/** Shows a text page by page with this command; false when that did not work. */
export function showPaged(text: string, pager: string): boolean {
  const { status } = childProcess().spawnSync(pager, {
    shell: true,
    input: text,
    stdio: ["pipe", "inherit", "inherit"],
  });
  return status === 0;
}
