import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname, "../..");

/** A fenced block of a page. */
export interface Block {
  page: string;
  language: string;
  text: string;
}

const pages = ["README.md", ...globSync("docs/*.md", { cwd: root }).toSorted()];

/** The blocks of the README and of the pages in docs, in their order. */
export const blocks: readonly Block[] = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = "", body = ""]) => ({
    page,
    language,
    text: body,
  }));
});

/** The commands of shell blocks, one line each, without remarks. */
export const shellLines: readonly string[] = commandsOf(
  blocks.filter(({ language }) => language === "sh"),
);

function commandsOf(shells: readonly Block[]): string[] {
  return shells
    .flatMap(({ text }) => text.replaceAll("\\\n", " ").split("\n"))
    .map((line) => line.replace(/\s+# .*$/, "").trim())
    .filter((line) => line !== "");
}

/** What is typed, one command each: of shell blocks, and of words in the text. */
export const typed: readonly { page: string; command: string }[] = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), "utf8");
  const prose = text.replaceAll(/^```.*?^```$/gms, "");
  const inline = [...prose.matchAll(/`((?:npx )?holdpoint [^`]+)`/g)].map(
    ([, command = ""]) => command,
  );
  const shells = blocks.filter((block) => block.page === page && block.language === "sh");
  return [...commandsOf(shells), ...inline].map((command) => ({ page, command }));
});
