/** What a host was seen to show, and where that is written; holds come from the gateway's own table. */
export interface HostAbility {
  readonly host: string;
  /** As it calls itself when it connects, where the gateway knows it by that. */
  readonly client?: string;
  readonly forms: string;
  readonly callMayTake: string;
  readonly seen: string;
}

export const hostAbilities: readonly HostAbility[] = [
  {
    host: "Claude Code",
    client: "claude-code",
    forms: 'yes; headless (`-p`) and Cowork answer "cancel" at once',
    callMayTake: "minutes",
    seen: "2.1.332, measured headless, 2026-11",
  },
  {
    host: "Claude Desktop",
    forms: "no",
    callMayTake: "60 s (macOS), 4 min (Windows)",
    seen: "anthropics/claude-code#63379, #65643, #41347; 2026-11",
  },
  {
    host: "VS Code",
    forms: "yes",
    callMayTake: "long",
    seen: "its source, no timer there; 2026-11",
  },
  {
    host: "Codex",
    forms: "yes, and may decline by itself",
    callMayTake: "about 60 s",
    seen: "openai/codex#28234, #45621; 2026-11",
  },
  {
    host: "Cursor",
    forms: "yes",
    callMayTake: "about 60 s",
    seen: "its issues; 2026-11",
  },
  {
    host: "Gemini CLI, Zed, Windsurf",
    forms: "no",
    callMayTake: "Zed 60 s",
    seen: "google-gemini/gemini-cli#28074, zed-industries/zed#45378; 2026-11",
  },
];
