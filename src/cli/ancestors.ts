import type { ProcessRow } from "./processes.ts";

/** Coding agents with a shell of their own, by the names of their programs. */
const agents: Readonly<Record<string, string>> = {
  aider: "Aider",
  amp: "Amp",
  auggie: "Auggie",
  claude: "Claude Code",
  codex: "Codex",
  copilot: "Copilot CLI",
  crush: "Crush",
  "cursor-agent": "Cursor's agent",
  droid: "Droid",
  gemini: "Gemini CLI",
  goose: "goose",
  opencode: "opencode",
  openhands: "OpenHands",
  qwen: "Qwen Code",
};

/** The same where an interpreter runs them, by the folder of their package. */
const packages: readonly (readonly [folder: string, agent: string])[] = [
  ["@anthropic-ai/claude-code", "Claude Code"],
  ["@openai/codex", "Codex"],
  ["@google/gemini-cli", "Gemini CLI"],
  ["@github/copilot", "Copilot CLI"],
  ["@sourcegraph/amp", "Amp"],
  ["@qwen-code/qwen-code", "Qwen Code"],
  ["opencode-ai", "opencode"],
];

const INTERPRETER = /^(node|bun|deno|python[\d.]*|ruby)$/;
const SHELL = /^(sh|bash|dash|zsh|fish|ksh|cmd|powershell|pwsh)$/;
const LAUNCHER = /^(npx|npm|pnpm|yarn|bunx|uvx|env|timeout|setsid|nohup|script|sudo|tini)$/;

/** The coding agent that a process is, if it is one; an editor is none. */
export function agentOf({ name, words }: Pick<ProcessRow, "name" | "words">): string | undefined {
  for (const each of [name, words[0] ?? ""]) {
    const known = byName(each);
    if (known !== undefined) return known;
  }
  if (!INTERPRETER.test(plain(words[0] ?? ""))) return undefined;
  const script = scriptOf(words);
  const path = script.replaceAll("\\", "/");
  const [, packaged] = packages.find(([folder]) => path.includes(`/${folder}/`)) ?? [];
  return packaged ?? byName(script);
}

function byName(program: string): string | undefined {
  const name = plain(program);
  // Some are named after the machine they were built for.
  const base = name.startsWith("codex-") ? "codex" : name;
  return Object.hasOwn(agents, base) ? agents[base] : undefined;
}

/** `/usr/bin/Claude.exe` is `claude`, `-zsh` is `zsh`. */
function plain(program: string): string {
  const name = program.split(/[/\\]/).at(-1) ?? "";
  return name
    .replace(/^-/, "")
    .replace(/\.(exe|cmd|js|mjs|cjs|py)$/i, "")
    .toLowerCase();
}

function scriptOf(words: readonly string[]): string {
  return words.slice(1).find((word) => !word.startsWith("-")) ?? "";
}

/**
 * The program that started a server, of those above it: launchers and shells that run one command
 * are none, and where a person's own shell comes first there is none.
 */
export function hostAmong(ancestors: readonly ProcessRow[]): ProcessRow | undefined {
  for (const each of ancestors) {
    const program = plain(each.words[0] ?? each.name);
    if (SHELL.test(program)) {
      if (each.words.some((word) => /^[-/]\w*c$/i.test(word))) continue;
      return undefined;
    }
    const script = INTERPRETER.test(program) ? plain(scriptOf(each.words)) : program;
    if (LAUNCHER.test(program) || /^(npx|npm)(-cli)?$/.test(script)) continue;
    return each;
  }
  return undefined;
}

/** Why whoever types here may be no person, in words; `undefined` where nothing says so. */
export function describeAgentAbove(
  ancestors: readonly ProcessRow[],
  hosts: readonly Pick<ProcessRow, "pid" | "startedAt">[],
): string | undefined {
  for (const each of ancestors) {
    const { pid, startedAt } = each;
    const agent = agentOf(each);
    if (agent !== undefined) {
      return `this terminal runs below ${agent} (process ${pid}), an agent with a shell of its own`;
    }
    if (hosts.some((host) => host.pid === pid && host.startedAt === startedAt)) {
      return `this terminal runs below ${programOf(each)} (process ${pid}), which started the server that asks`;
    }
  }
  return undefined;
}

/** What it was started as: some call themselves otherwise later, Node after its threads. */
function programOf({ name, words: [first = ""] }: ProcessRow): string {
  return plain(first === "" ? name : first);
}

/** As decisions record them: names and numbers, the nearest first, and no arguments. */
export function nameAncestors(ancestors: readonly ProcessRow[]): string[] {
  return ancestors.slice(0, 20).map((each) => `${programOf(each).slice(0, 60)} (${each.pid})`);
}
