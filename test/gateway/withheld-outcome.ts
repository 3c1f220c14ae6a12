/**
 * `NODE_OPTIONS` of a process whose store takes no end of a call, as if its disk were full, while a
 * file is there whose text is in that entry: `"callId":"1"`.
 */
export function withheldBy(file: string): string {
  const code = `import { existsSync, readFileSync } from "node:fs";
    import { StatementSync } from "node:sqlite";
    const file = ${JSON.stringify(file)};
    const { run } = StatementSync.prototype;
    const isEnd = (text) => typeof text === "string" && text.includes('"type":"tool_finished"') &&
      existsSync(file) && text.includes(readFileSync(file, "utf8"));
    StatementSync.prototype.run = function (...given) {
      if (given.some(isEnd)) throw Object.assign(new Error("database or disk is full"), { errcode: 13 });
      return run.apply(this, given);
    };`;
  return `--import data:text/javascript,${encodeURIComponent(code)}`;
}
