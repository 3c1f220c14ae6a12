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

/** What they set for the commands of their shells, and nobody else does. */
const marks: Readonly<Record<string, string>> = {
  CLAUDECODE: "Claude Code",
  CODEX_SANDBOX: "Codex",
  CODEX_THREAD_ID: "Codex",
  CURSOR_AGENT: "Cursor's agent",
  GEMINI_CLI: "Gemini CLI",
};

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
 * The program that started a server, of those above it: launchers, shells that run one command or a
 * script, and whatever hands on its own input are none, and where a person's own shell comes first
 * there is none.
 *
 * @param input where the server reads its messages from, as `ProcessRow.input` has it: who talks to
 * it holds the other end, so that one with the same input only started it for another
 */
export function hostAmong(
  ancestors: readonly ProcessRow[],
  input?: string,
): ProcessRow | undefined {
  for (const each of ancestors) {
    if (input !== undefined && each.input === input) continue;
    const program = programOf(each);
    if (SHELL.test(program)) {
      if (runsOneThing(each.words)) continue;
      return undefined;
    }
    const script = INTERPRETER.test(program) ? plain(scriptOf(each.words)) : program;
    if (LAUNCHER.test(program) || /^(npx|npm)(-cli)?$/.test(script)) continue;
    return each;
  }
  return undefined;
}

/**
 * The same by what was left in the environment: a terminal that an agent opens beside its own, in
 * `tmux` or as a service, is below it no more.
 */
export function describeAgentIn(
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const name = Object.keys(marks).find((each) => (env[each] ?? "") !== "");
  return name === undefined
    ? undefined
    : `${name} is set here, as ${marks[name] ?? "an agent"} sets it for its shell`;
}

function runsOneThing(words: readonly string[]): boolean {
  const isScript = words[1] !== undefined && !/^[-+]/.test(words[1]);
  return isScript || words.some((word) => /^[-/]\w*c$/i.test(word));
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
  // It writes all that it was given over its first word, so that `ps` shows it.
  const [, retitled] = /^(npm|npx|pnpm|yarn) /.exec(first) ?? [];
  return retitled ?? plain(first === "" ? name : first);
}

/** As decisions record them: names and numbers, the nearest first, and no arguments. */
export function nameAncestors(ancestors: readonly ProcessRow[]): string[] {
  return ancestors.slice(0, 20).map((each) => `${programOf(each).slice(0, 60)} (${each.pid})`);
}
